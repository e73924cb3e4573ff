#!/bin/bash
# Builds libafterimage.so with g++ 10 or newer and nothing else: native/build.sh OUT_DIR
# Recompiles only what changed. CXX selects the compiler; EXTRA_FLAGS (such as -fsanitize=address) are added to every call.
set -euo pipefail
if [ $# -ne 1 ]; then
  echo "usage: $0 OUT_DIR" >&2
  exit 2
fi
out=$1
here=$(cd "$(dirname "$0")" && pwd)
compiler=${CXX:-g++}
if ! command -v "$compiler" > /dev/null; then
  echo "The C++ compiler $compiler is missing: install it (Debian, Ubuntu: apt-get install g++), or build without the native kernels: -Dnative.skip" >&2
  exit 1
fi

# -ffp-contract=off: only the source decides where a multiplication and an addition are fused, in every tier alike.
flags=(-std=c++20 -O3 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off
  -fno-math-errno -Wall -Wextra -Werror "-I$here/include" "-I$here/cpu")
read -r -a extra <<< "${EXTRA_FLAGS:-}"
avx2=(-mavx2 -mfma -mf16c)
# -mprefer-vector-width=512: loops that the compiler vectorizes use whole vectors too.
avx512=("${avx2[@]}" -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)

sources=(memory rows pass/plan pass/score_pass pass/workspace pass/class_sums pass/nearest pass/gradient pass/value_sums pass/screen
  tiers/tiers tiers/scalar)
machine=$("$compiler" -dumpmachine)
case $machine in
  x86_64*) sources+=(tiers/avx2 tiers/avx512 tiers/avx512_vnni tiers/avx512_bf16) ;;
esac
# AMX needs Linux, which grants processes its registers, and GCC 11 or newer.
amx=(-mamx-tile -mamx-int8 -mamx-bf16)
case $machine in
  x86_64*linux*)
    if "$compiler" "${amx[@]}" -E -x c++ /dev/null > /dev/null 2>&1; then
      sources+=(tiers/avx512_amx)
      flags+=(-DAFTERIMAGE_AMX)
    else
      echo "$compiler does not support AMX: building without the tier avx512-amx"
    fi ;;
esac

# A change of flags or compiler recompiles everything.
objects_dir=$out/objects
key="$("$compiler" -dumpfullversion -dumpmachine | tr '\n' ' ') ${flags[*]} ${extra[*]} ${avx512[*]}"
if [ "$(cat "$objects_dir/flags" 2> /dev/null)" != "$key" ]; then
  rm -rf "$objects_dir"
  mkdir -p "$objects_dir"/{pass,tiers}
  echo "$key" > "$objects_dir/flags"
fi

newest_header=$(find "$here/include" "$here/cpu" "$here/build.sh" \( -name '*.h' -o -name build.sh \) -exec ls -t {} + | head -1)
jobs=()
objects=()
for source in "${sources[@]}"; do
  object=$objects_dir/$source.o
  objects+=("$object")
  [ "$object" -nt "$here/cpu/$source.cpp" ] && [ "$object" -nt "$newest_header" ] && continue
  tier=()
  case $source in
    tiers/avx2) tier=("${avx2[@]}") ;;
    tiers/avx512) tier=("${avx512[@]}") ;;
    tiers/avx512_vnni) tier=("${avx512[@]}" -mavx512vnni) ;;
    tiers/avx512_bf16) tier=("${avx512[@]}" -mavx512vnni -mavx512bf16) ;;
    tiers/avx512_amx) tier=("${avx512[@]}" "${amx[@]}") ;;
  esac
  "$compiler" "${flags[@]}" ${tier[@]+"${tier[@]}"} ${extra[@]+"${extra[@]}"} -c "$here/cpu/$source.cpp" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done

library=$out/libafterimage.so
if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$library" ]; then
  "$compiler" -shared -Wl,--no-undefined -Wl,--as-needed -Wl,-soname,libafterimage.so ${extra[@]+"${extra[@]}"} \
    "${objects[@]}" -o "$library.new" -lm
  mv "$library.new" "$library"
fi
