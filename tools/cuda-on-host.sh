#!/bin/bash
# Tests the engine "cuda" on a machine without a GPU: tools/cuda-on-host.sh [OUT_DIR]
# Substitutes for NVIDIA's driver and cuBLAS (native/test/cuda/driver) run the kernels on the processor.
# Needs compiled classes and tests (mvn test-compile), and the headers and libcudart of CUDA 13. CUDA_HOME names
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
# Compiles nothing, because other programs may use the classes meanwhile.
property() {
  sed -n "s:.*<$1>\(.*\)</$1>.*:\1:p" pom.xml
}
console=junit-platform-console-standalone:1.$(property junit.version | cut -d. -f2-)
mvn -B -q -pl src/index dependency:build-classpath -Dmdep.outputFile="$out/classpath" dependency:copy \
  -Dartifact="org.junit.platform:$console" -DoutputDirectory="$out/jars" -Dmdep.useBaseVersion=true
# The build has CUDA's bindings in Maven's repository, beside those of OpenBLAS.
cuda=$(property cuda.version)
cuda=${cuda/'${javacpp.version}'/$(property javacpp.version)}
bytedeco=$(tr : '\n' < "$out/classpath" | sed -n 's:/openblas/.*::p' | sed -n 1p)
classpath=$(printf '%s:' "$here"/target/afterimage{-cuda,}/{test-classes,classes} "$out"/jars/*.jar \
  "$bytedeco/cuda/$cuda/cuda-$cuda"{,-linux-x86_64}.jar)$(cat "$out/classpath")
export LD_LIBRARY_PATH=$out:$toolkit/lib64

# tests LOG METHODS CLASS...: runs the methods of test classes of io.github.afterimage that match a pattern. SETTING is a system
# property. A test skips itself if the engine is unavailable. Here, a test that is skipped is a failure, unless SKIPS is allowed.
tests() {
  local log=$out/$1.log methods=$2 passed
  shift 2
  if ! java -Xmx2g -XX:TieredStopAtLevel=1 ${SETTING:+"$SETTING"} -cp "$classpath" \
    org.junit.platform.console.ConsoleLauncher execute --disable-banner --details=tree --fail-if-no-tests \
    --config junit.jupiter.extensions.autodetection.enabled=true "${@/#/--select-class=io.github.afterimage.}" \
    --include-methodname "io\.github\.afterimage\.($methods)" > "$log" 2>&1; then
    cat "$log"
    return 1
  fi
  passed=$(sed -n 's/^\[ *\([0-9]*\) tests successful *\]$/\1/p' "$log")
  echo "engine \"cuda\" on substitutes for driver and cuBLAS: $passed tests of $* passed ${SETTING:-}"
  [ "${SKIPS:-}" = allowed ] || grep -q '^\[ *0 tests skipped *\]$' "$log" || { grep -i 'aborted\|skipped' "$log"; return 1; }
}
# A driver without cuBLAS: the message must name the library, and the processor must answer. Skips itself if cuBLAS is
# installed.
mkdir -p "$out/driver-only"
ln -sf ../libcuda.so.1 "$out/driver-only/libcuda.so.1"
LD_LIBRARY_PATH=$out/driver-only:$toolkit/lib64 SKIPS=allowed tests driver-only '.*' cuda.CudaProviderTest
# A test writes to these files that a call is to fail, for whichever process makes it, and the mutation of the kernels.
rm -f "$out/fault" "$out/mutation"
export STAND_IN_FAULT=$out/fault STAND_IN_MUTATION=$out/mutation
# Of the tests of all engines, those that ask this one for every kind of answer from some keys only. Those of little device
# memory follow.
limited='tooLittleDeviceMemory|withoutRoom|aBatchThatTheDevice'
tests engine "cuda.*#(?!$limited).*|RestrictedQueryTest#(parts|theGradient).*" \
  RestrictedQueryTest cuda.{CudaMemory,CudaReduce,CudaAccuracy,CudaFailure}Test
tests check '.*' cuda.CudaCheckTest
echo "Faults of a card, and the comparison of the check at first use that notices each:"
sed -n '/^| /p' "$out/check.log"
SETTING=-Dafterimage.cuda.memoryLimit=36m tests little-memory '.*#(tooLittleDeviceMemory|withoutRoom).*' cuda.{CudaMemory,CudaReduce}Test
SETTING=-Dafterimage.cuda.memoryLimit=52m tests more-memory '.*#aBatchThatTheDevice.*' cuda.CudaMemoryTest
