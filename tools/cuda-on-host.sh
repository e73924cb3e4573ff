#!/bin/bash
# Runs the tests of the engine "cuda" where there is no GPU: on stand-ins for NVIDIA's driver and cuBLAS that run the
# kernels on the processor (native/test/cuda/driver). Classes and tests are compiled already; it takes the headers and
# libcudart of CUDA 13: tools/cuda-on-host.sh [OUT_DIR]
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-$here/target/cuda-on-host}")
toolkit=${CUDA_HOME:-/usr/local/cuda}
cd "$here"
if [ ! -e "$toolkit/include/cuda.h" ] || [ ! -e "$toolkit/lib64/libcudart.so.13" ]; then
  echo "CUDA 13 is missing (CUDA_HOME): the tests of the engine \"cuda\" on stand-ins are left out"
  exit 0
fi
native/test/cuda/driver/build.sh "$out"
export LD_LIBRARY_PATH=$out:$toolkit/lib64
# A driver without cuBLAS: the library is named, and the processor takes over. Skipped where cuBLAS is installed.
mkdir -p "$out/driver-only"
ln -sf ../libcuda.so.1 "$out/driver-only/libcuda.so.1"
LD_LIBRARY_PATH=$out/driver-only:$toolkit/lib64 mvn -B -ntp -q -pl src/index surefire:test -Dtest=CudaSupportTest
# Tests skip themselves where the engine cannot be used; here that is a failure.
run() {
  mvn -B -ntp -q -pl src/index surefire:test "$@"
  local class report ran skipped
  for class in CudaMemoryTest CudaReduceTest; do
    report=$(cat target/afterimage/surefire-reports/*."$class".txt)
    ran=$(sed -n 's/.*Tests run: \([0-9]*\).*/\1/p' <<< "$report")
    skipped=$(sed -n 's/.*Skipped: \([0-9]*\).*/\1/p' <<< "$report")
    echo "engine \"cuda\" on stand-ins: $((ran - skipped)) tests of $class passed"
    [ "$ran" -gt "$skipped" ]
  done
}
run -Dtest='CudaMemoryTest,CudaReduceTest'
run -Dtest.arguments="-Xmx2g -Dafterimage.cuda.memoryLimit=33m" \
  -Dtest='CudaMemoryTest#tooLittleDeviceMemory*,CudaReduceTest#withoutRoom*'
