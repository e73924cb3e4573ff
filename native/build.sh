#!/bin/bash
# Builds libafterimage.so with nothing but g++: native/build.sh OUT_DIR
# Compiles again only what changed. CXX and EXTRA_FLAGS (such as -fsanitize=address) may be set.
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

# -ffp-contract=off: a multiplication and an addition are fused where the source says so, in every tier alike.
flags=(-std=c++17 -O3 -fPIC -fvisibility=hidden -fno-exceptions -fno-rtti -fno-threadsafe-statics -ffp-contract=off
  -fno-math-errno -Wall -Wextra -Werror "-I$here/include")
read -r -a extra <<< "${EXTRA_FLAGS:-}"
# Loops that the compiler vectorizes use whole vectors too.
avx2=(-mavx2 -mfma -mf16c)
avx512=("${avx2[@]}" -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512)

sources=(tiers memory workspace rows score_pass class_sums nearest gradient screen scalar)
case $("$compiler" -dumpmachine) in
  x86_64*) sources+=(avx2 avx512 avx512_vnni avx512_bf16) ;;
esac
# Linux hands out the registers of AMX, and GCC knows it from 11 on.
amx=(-mamx-tile -mamx-int8 -mamx-bf16)
case $("$compiler" -dumpmachine) in
  x86_64*linux*)
    if "$compiler" "${amx[@]}" -E -x c++ /dev/null > /dev/null 2>&1; then
      sources+=(avx512_amx)
      flags+=(-DAFTERIMAGE_AMX)
    else
      echo "$compiler does not know AMX: the kernels for it are left out"
    fi ;;
esac

mkdir -p "$out/objects"
# Other flags or another compiler: everything again.
key="$("$compiler" -dumpfullversion -dumpmachine | tr '\n' ' ') ${flags[*]} ${extra[*]} ${avx512[*]}"
if [ "$(cat "$out/objects/flags" 2> /dev/null)" != "$key" ]; then
  rm -f "$out"/objects/*.o
  echo "$key" > "$out/objects/flags"
fi

newest_header=$(ls -t "$here"/include/*.h "$here"/cpu/*.h "$here"/build.sh | head -1)
jobs=()
objects=()
for source in "${sources[@]}"; do
  object=$out/objects/$source.o
  objects+=("$object")
  [ "$object" -nt "$here/cpu/$source.cpp" ] && [ "$object" -nt "$newest_header" ] && continue
  tier=()
  case $source in
    avx2) tier=("${avx2[@]}") ;;
    avx512) tier=("${avx512[@]}") ;;
    avx512_vnni) tier=("${avx512[@]}" -mavx512vnni) ;;
    avx512_bf16) tier=("${avx512[@]}" -mavx512vnni -mavx512bf16) ;;
    avx512_amx) tier=("${avx512[@]}" "${amx[@]}") ;;
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
