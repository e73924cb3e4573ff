#!/bin/bash
# Builds the library and its test runner into OUT_DIR and runs it: native/test/run.sh OUT_DIR [arguments of the runner]
# Without arguments it then runs the tests of the CUDA kernels on the host, see cuda/run.sh.
# CXX and EXTRA_FLAGS: see native/build.sh. RUN_WITH is a command that runs the runner (an emulator, numactl).
# For another processor, such as aarch64 on Debian (apt-get install g++-aarch64-linux-gnu qemu-user-static):
#   CXX=aarch64-linux-gnu-g++ RUN_WITH="qemu-aarch64-static -L /usr/aarch64-linux-gnu" native/test/run.sh OUT_DIR
# For Windows (apt-get install g++-mingw-w64-x86-64-posix wine64):
#   CXX=x86_64-w64-mingw32-g++-posix RUN_WITH=/usr/lib/wine/wine64 native/test/run.sh OUT_DIR
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: $0 OUT_DIR [FILTER [SEED] | bench [WHAT [TIER]]]" >&2
  exit 2
fi
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
"$here/../build.sh" "$out"
read -r -a extra <<< "${EXTRA_FLAGS:-}"
read -r -a run_with <<< "${RUN_WITH:-}"
machine=$("${CXX:-g++}" -dumpmachine)
runner=$out/runner
libraries=(-ldl -lpthread)
if [[ $machine == *mingw* ]]; then
  runner=$out/runner.exe
  libraries=(-static-libgcc -static-libstdc++ -Wl,-Bstatic -lpthread)
fi
jobs=()
objects=()
newest_header=$(ls -t "$here"/*.h "$here"/../include/*.h "$out/objects/flags" | sed -n 1p)
for source in "$here"/*.cpp; do
  object=$out/objects/test_$(basename "$source" .cpp).o
  objects+=("$object")
  [ "$object" -nt "$source" ] && [ "$object" -nt "$newest_header" ] && continue
  "${CXX:-g++}" -std=c++20 -O2 -Wall -Wextra -Werror -I"$here/../include" ${extra[@]+"${extra[@]}"} \
    -c "$source" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done
if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$runner" ]; then
  "${CXX:-g++}" ${extra[@]+"${extra[@]}"} "${objects[@]}" -L"$out" -lafterimage -Wl,-rpath,'$ORIGIN' "${libraries[@]}" \
    -o "$runner"
fi
if [ $# -gt 0 ]; then
  exec ${run_with[@]+"${run_with[@]}"} "$runner" "$@"
fi
${run_with[@]+"${run_with[@]}"} "$runner"
[[ $machine == $(uname -m)-linux* ]] || exit 0
exec "$here/cuda/run.sh" "$out/cuda"
