#!/bin/bash
# Tests the engine "cuda" on a machine without a GPU: tools/cuda-on-host.sh [OUT_DIR]
# Substitutes for NVIDIA's driver and cuBLAS (native/test/cuda/driver) run the kernels on the processor.
# Needs compiled classes and tests (mvn package -DskipTests), and the headers and libcudart of CUDA 13. CUDA_HOME names
# CUDA's folder. Prints the reason and passes if CUDA 13 is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(realpath -m "${1:-$here/target/cuda-on-host}")
toolkit=${CUDA_HOME:-/usr/local/cuda}
cd "$here"
if [ ! -e "$toolkit/include/cuda.h" ] || [ ! -e "$toolkit/lib64/libcudart.so.13" ]; then
  echo "skipped the tests of the engine \"cuda\": no CUDA 13 in $toolkit; CUDA_HOME names another folder"
  exit 0
fi
native/test/cuda/driver/build.sh "$out"
"$out/driver_test" > "$out/driver_test.log" || { cat "$out/driver_test.log"; exit 1; }
echo "the substitutes refuse what a driver refuses: $(grep -c ': passed' "$out/driver_test.log") checks passed"
export LD_LIBRARY_PATH=$out:$toolkit/lib64
# A driver without cuBLAS: the message must name the library, and the processor must answer. Skips itself if cuBLAS is
# installed.
mkdir -p "$out/driver-only"
ln -sf ../libcuda.so.1 "$out/driver-only/libcuda.so.1"
LD_LIBRARY_PATH=$out/driver-only:$toolkit/lib64 mvn -B -q -pl src/index surefire:test -Dtest=CudaSupportTest
# A test skips itself if the engine is unavailable. Here, a class whose tests are all skipped is a failure.
run() {
  local classes=$1 class report ran skipped
  shift
  mvn -B -q -pl src/index surefire:test "$@"
  for class in $classes; do
    report=$(cat target/afterimage/surefire-reports/*."$class".txt)
    ran=$(sed -n 's/.*Tests run: \([0-9]*\).*/\1/p' <<< "$report")
    skipped=$(sed -n 's/.*Skipped: \([0-9]*\).*/\1/p' <<< "$report")
    echo "engine \"cuda\" on substitutes for driver and cuBLAS: $((ran - skipped)) tests of $class passed"
    [ "$ran" -gt "$skipped" ]
  done
}
all='MeanValuesTest MeanValuesOfSomeKeysTest CudaMemoryTest CudaReduceTest CudaAccuracyTest MeasuredPathsTest'
# Of the tests of all engines, those that ask this one for every kind of answer from some keys only.
restricted='RestrictedQueryTest#parts*+theGradient*,LeaveOneOutTest#eachKey*+everyType*+theGradient*'
run "$all RestrictedQueryTest LeaveOneOutTest" -Dtest="${all// /,},$restricted"
# The test writes to this file that a call is to fail, for whichever process makes it.
rm -f "$out/fault"
STAND_IN_FAULT=$out/fault run CudaFailureTest -Dtest=CudaFailureTest
run 'CudaMemoryTest CudaReduceTest' -Dtest.arguments="-Xmx2g -Dafterimage.cuda.memoryLimit=33m" \
  -Dtest='CudaMemoryTest#tooLittleDeviceMemory*,CudaReduceTest#withoutRoom*'
run CudaMemoryTest -Dtest.arguments="-Xmx2g -Dafterimage.cuda.memoryLimit=52m" -Dtest='CudaMemoryTest#aBatchThatTheDevice*'
