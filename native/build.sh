#!/bin/bash
# Builds libafterimage.so with g++ 10 or newer and nothing else: native/build.sh OUT_DIR
# Recompiles only what changed. CXX selects the compiler, whose target is built for: CXX=aarch64-linux-gnu-g++, or
# CXX=x86_64-w64-mingw32-g++ for afterimage.dll. EXTRA_FLAGS (such as -fsanitize=address) are added to every call.
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
# GCC would load operands so early that sums do not stay in registers. Clang does not know the option.
neon=(-fno-schedule-insns)
version=$("$compiler" --version | sed -n 1p)
if [[ $version == *clang* ]]; then
  neon=()
else
  # One query's loops are short: where a change elsewhere had moved them, "bench few" lost a tenth (float32, d = 192). Aligned,
  # float16 gained a sixth (d = 512 to 1024). Clang does not know the last option.
  flags+=(-falign-functions=64 -falign-loops=32 -falign-jumps=32)
fi

sources=(rows pass/plan pass/score_pass pass/class_sums pass/nearest pass/gradient pass/value_sums
  tiers/tiers tiers/scalar)
machine=$("$compiler" -dumpmachine)
case $machine in
  x86_64*) sources+=(tiers/avx2 tiers/avx512 tiers/avx512_vnni tiers/avx512_bf16) ;;
  aarch64*) sources+=(tiers/neon tiers/neon_dotprod tiers/neon_i8mm tiers/neon_bf16 combined_tiers) ;;
esac
# GCC aligns the stack on Windows to 16 bytes only, so whole vectors there must not need more.
case $machine in
  *mingw*)
    sources+=(memory_windows)
    flags+=(-D_WIN32_WINNT=0x0602)
    avx2+=(-Wa,-muse-unaligned-vector-move)
    avx512+=(-Wa,-muse-unaligned-vector-move)
    library=$out/afterimage.dll
    link=(-static "-Wl,--out-implib,$out/libafterimage.dll.a" "$out/objects/exports.def") ;;
  *darwin*)
    sources+=(memory)
    library=$out/libafterimage.dylib
    link=(-Wl,-install_name,@rpath/libafterimage.dylib) ;;
  *)
    sources+=(memory)
    library=$out/libafterimage.so
    link=(-Wl,--no-undefined -Wl,--as-needed -Wl,-soname,libafterimage.so) ;;
esac
# AMX needs Linux, which grants processes its registers, and GCC 11 or newer.
amx=(-mamx-tile -mamx-int8 -mamx-bf16)
case $machine in
  x86_64*linux*)
    if "$compiler" "${amx[@]}" -E -x c++ /dev/null > /dev/null 2>&1; then
      sources+=(tiers/avx512_amx combined_tiers)
      flags+=(-DAFTERIMAGE_AMX)
    else
      echo "$compiler does not support AMX: building without the tier avx512-amx"
    fi ;;
esac

# AVX-VNNI needs GCC 11 or newer, and its assembler.
case $machine in
  x86_64*)
    if echo 'asm("{vex} vpdpbusd %ymm0, %ymm0, %ymm0");' | "$compiler" -mavxvnni -c -x c++ -o /dev/null - 2> /dev/null; then
      sources+=(tiers/avx2_vnni)
      flags+=(-DAFTERIMAGE_AVX_VNNI)
    else
      echo "$compiler does not support AVX-VNNI: building without the tier avx2-vnni"
    fi ;;
esac

# Only one build of a folder at a time; the other finds everything compiled.
mkdir -p "$out"
if command -v flock > /dev/null; then
  exec 9> "$out/lock"
  flock 9
fi

# A change of flags or compiler recompiles everything.
objects_dir=$out/objects
key="$version $machine ${flags[*]} ${extra[*]} ${avx512[*]}"
if [ "$(cat "$objects_dir/flags" 2> /dev/null)" != "$key" ]; then
  rm -rf "$objects_dir"
  mkdir -p "$objects_dir"/{pass,tiers}
  echo "$key" > "$objects_dir/flags"
fi
# Windows exports what this file lists, others what interface.h marks.
{
  printf 'LIBRARY afterimage.dll\nEXPORTS\n'
  grep -oE '\bafterimage_[a-z0-9_]+\(' "$here/include/afterimage.h" | tr -d '(' | sort -u
} > "$objects_dir/exports.def"

newest_header=$(find "$here/include" "$here/cpu" "$here/build.sh" \( -name '*.h' -o -name build.sh \) -exec ls -t {} + | sed -n 1p)
jobs=()
objects=()
for source in "${sources[@]}"; do
  object=$objects_dir/$source.o
  objects+=("$object")
  [ "$object" -nt "$here/cpu/$source.cpp" ] && [ "$object" -nt "$newest_header" ] && continue
  tier=()
  case $source in
    tiers/avx2) tier=("${avx2[@]}") ;;
    tiers/avx2_vnni) tier=("${avx2[@]}" -mavxvnni) ;;
    tiers/avx512) tier=("${avx512[@]}") ;;
    tiers/avx512_vnni) tier=("${avx512[@]}" -mavx512vnni) ;;
    tiers/avx512_bf16) tier=("${avx512[@]}" -mavx512vnni -mavx512bf16) ;;
    tiers/avx512_amx) tier=("${avx512[@]}" "${amx[@]}") ;;
    tiers/neon) tier=(${neon[@]+"${neon[@]}"}) ;;
    tiers/neon_dotprod) tier=(${neon[@]+"${neon[@]}"} -march=armv8.2-a+dotprod) ;;
    tiers/neon_i8mm) tier=(${neon[@]+"${neon[@]}"} -march=armv8.2-a+dotprod+i8mm) ;;
    tiers/neon_bf16) tier=(${neon[@]+"${neon[@]}"} -march=armv8.2-a+dotprod+i8mm+bf16) ;;
  esac
  "$compiler" "${flags[@]}" ${tier[@]+"${tier[@]}"} ${extra[@]+"${extra[@]}"} -c "$here/cpu/$source.cpp" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done

if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$library" ]; then
  "$compiler" -shared "${link[@]}" ${extra[@]+"${extra[@]}"} \
    "${objects[@]}" -o "$library.new" -lm
  mv "$library.new" "$library"
fi
