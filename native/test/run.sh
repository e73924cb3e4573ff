#!/bin/bash
# Builds the library and its test runner into OUT_DIR and runs it: native/test/run.sh OUT_DIR [arguments of the runner]
# Then it tests the tiers whose instructions this processor lacks, with a library that emulates them (emulated/tiers), and prints
# which tiers were tested how. Without arguments it runs of these only tests that depend on the instructions, and at last the
# tests of the CUDA kernels on the host, see cuda/run.sh.
# CXX and EXTRA_FLAGS: see native/build.sh. RUN_WITH is a command that runs the runner (an emulator, numactl).
# For another processor, such as aarch64 on Debian (apt-get install g++-aarch64-linux-gnu qemu-user-static):
#   CXX=aarch64-linux-gnu-g++ RUN_WITH="qemu-aarch64-static -L /usr/aarch64-linux-gnu" native/test/run.sh OUT_DIR
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
jobs=()
objects=()
newest_header=$(ls -t "$here"/*.h "$here"/emulated/tiers/*.h "$here"/../include/*.h "$here"/../cpu/{kernels,pass/plan,tiers/instructions}.h \
  "$out/objects/flags" | sed -n 1p)
for source in "$here"/*.cpp; do
  object=$out/objects/test_$(basename "$source" .cpp).o
  objects+=("$object")
  [ "$object" -nt "$source" ] && [ "$object" -nt "$newest_header" ] && continue
  tier=()
  case $machine:$source in
    x86_64*/emulation.cpp) tier=(-mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl) ;;
  esac
  "${CXX:-g++}" ${tier[@]+"${tier[@]}"} -std=c++20 -O2 -Wall -Wextra -Werror -I"$here/../include" -I"$here/../cpu" ${extra[@]+"${extra[@]}"} \
    -c "$source" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done
if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$runner" ]; then
  "${CXX:-g++}" ${extra[@]+"${extra[@]}"} "${objects[@]}" "$out/objects/pass/plan.o" -L"$out" -lafterimage -Wl,-rpath,'$ORIGIN' -ldl -lpthread -o "$runner"
fi
if [ "${1:-}" = bench ]; then
  exec ${run_with[@]+"${run_with[@]}"} "$runner" "$@"
fi

# Runs the tests of a runner and notes how its tiers were tested; fails if one fails. "none" stays true until there is a test.
none=true
rm -f "$out/tiers"
run() {
  local how=$1 status=0 tier
  shift
  ${run_with[@]+"${run_with[@]}"} "$@" | tee "$out/log" || status=$?
  [ "$status" != 2 ] || return 0
  [ "$status" = 0 ] || exit "$status"
  none=false
  for tier in $(sed -n 's/^tiers tested: //p' "$out/log"); do
    echo "$how $tier" >> "$out/tiers"
  done
}

how=natively
[ -z "${RUN_WITH:-}" ] || how=emulated
run "$how" "$runner" "${1:-}" "${2:-1}"
# What can be emulated are the instructions that come after AVX2 and the base of AVX-512.
missing=" $(sed -n 's/^tiers not on this processor: //p' "$out/log")"
emulated=
for tier in avx2-vnni avx512-vnni avx512-bf16 avx512-amx; do
  [[ $missing == *" $tier "* && $missing != *" ${tier%-*} "* ]] && emulated+="$tier "
done
if [ -n "$emulated" ]; then
  "$here/../build.sh" "$out" "$emulated"
  ln -f "$runner" "$out/emulated/runner"
  if [ $# -gt 0 ]; then
    run emulated "$out/emulated/runner" "$1" "${2:-1}" "$emulated"
  else
    for tests in "key that is NaN" "in every position" "class sums are right for every batch"; do
      run emulated "$out/emulated/runner" "$tests" 1 "$emulated"
    done
  fi
fi
if $none; then
  echo "no test contains \"${1:-}\"" >&2
  exit 1
fi
"$here/tiers.sh" "$out/tiers"
[ $# = 0 ] && [[ $machine == $(uname -m)-linux* ]] || exit 0
exec "$here/cuda/run.sh" "$out/cuda"
