#!/bin/bash
# Compiles the CUDA kernels for the host with AddressSanitizer and UndefinedBehaviorSanitizer and runs their tests:
# native/test/cuda/run.sh OUT_DIR [FILTER [SEED]]
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: $0 OUT_DIR [FILTER [SEED]]" >&2
  exit 2
fi
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../cuda
mkdir -p "$out"
flags=(-std=c++17 -O2 -g -Wall -Wextra -Werror -Wno-unknown-pragmas -fsanitize=address,undefined -fno-sanitize-recover=all -I"$here" -I"$here/.." -I"$kernels")
newest_header=$(ls -t "$here"/*.h "$here"/../harness.h "$kernels"/*.h "$here"/run.sh | sed -n 1p)
jobs=()
objects=()
for source in "$here"/*.cpp "$here"/../harness.cpp "$kernels"/*.cu; do
  object=$out/$(basename "$source").o
  objects+=("$object")
  [ "$object" -nt "$source" ] && [ "$object" -nt "$newest_header" ] && continue
  "${CXX:-g++}" "${flags[@]}" -x c++ -c "$source" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done
if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$out/kernel_tests" ]; then
  "${CXX:-g++}" "${flags[@]}" "${objects[@]}" -o "$out/kernel_tests"
fi
exec "$out/kernel_tests" "$@"
