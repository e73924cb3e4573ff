#!/bin/bash
# Runs the checks and the benchmark of tools/gpu-check.sh on the machine with the GPU. The bundle holds this script as check.sh,
# beside the files that it runs. Writes gpu-check.txt and gpu-check-logs into the current folder.
# Exit code 0 means that every check ran and passed. SCALE=10 divides the benchmark's number of keys by ten.
set -uo pipefail
bundle=$(cd "$(dirname "$0")" && pwd)
result=$PWD/gpu-check.txt
logs=$PWD/gpu-check-logs
java=("$bundle/java/bin/java" -Xmx2g -Dorg.bytedeco.javacpp.cachedir="${TMPDIR:-/tmp}/afterimage-gpu-check"
  -cp "$bundle/afterimage.jar:$bundle/junit.jar")
failed=0
rows=()

# Names what is missing, or describes the GPU with the engine's check.
"${java[@]}" io.github.afterimage.cuda.CudaBenchmark probe || exit 1
mkdir -p "$logs"

# step NAME COMMAND...: writes the output to a log and adds a row with the outcome.
step() {
  local name=$1
  shift
  local log=$logs/${name// /-}.txt
  echo "$name" >&2
  if "$@" > "$log" 2>&1; then
    rows+=("$(printf '%-46s %s' "$name" "passed")")
  else
    rows+=("$(printf '%-46s %s' "$name" "FAILED, see $log")")
    failed=1
  fi
}

# tests NAME OPTION... -- CLASS...
tests() {
  local name=$1
  shift
  local options=()
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  local selected=()
  for class in "$@"; do
    case $class in
      *'#'*) selected+=("--select-method=io.github.afterimage.$class") ;;
      *) selected+=("--select-class=io.github.afterimage.$class") ;;
    esac
  done
  step "$name" "${java[@]}" ${options[@]+"${options[@]}"} org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --details=summary --fail-if-no-tests "${selected[@]}"
}

step "kernels" "$bundle/kernel_tests"
tests "engines agree" -- EngineAgreementTest CacheIndexTest RemovalTest ConcurrentChangesTest
tests "engines agree, all keys streamed" -Dafterimage.cuda.keyLimit=0 -- EngineAgreementTest
tests "types, paths, streaming, callers, memory" -- cuda.CudaMemoryTest
tests "rows reduced on the device" -- cuda.CudaReduceTest
tests "long keys" -- cuda.CudaAccuracyTest
tests "too little memory" -Dafterimage.cuda.memoryLimit=36m -- \
  'cuda.CudaMemoryTest#tooLittleDeviceMemoryIsAnErrorWithNumbersAndTheIndexGoesOn' \
  'cuda.CudaReduceTest#withoutRoomForTheMatrixTheProcessorReduces'

sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer \
  /usr/local/cuda*/compute-sanitizer/compute-sanitizer 2> /dev/null | head -1)
for tool in memcheck racecheck initcheck synccheck; do
  if [ -n "$sanitizer" ]; then
    step "compute-sanitizer $tool" "$sanitizer" --tool "$tool" --error-exitcode 1 "$bundle/kernel_tests"
  else
    rows+=("$(printf '%-46s %s' "compute-sanitizer $tool" "NOT RUN: compute-sanitizer is not installed")")
    failed=1
  fi
done
step "benchmark" "${java[@]}" -XX:MaxDirectMemorySize=4g io.github.afterimage.cuda.CudaBenchmark "$logs/figures.txt" "${SCALE:-1}"

{
  printf '%s\n' "${rows[@]}"
  echo
  cat "$logs/figures.txt" 2> /dev/null
} | tee "$result"
exit $failed
