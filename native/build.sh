#!/bin/bash
# Builds libafterimage.so with g++ 10 or newer and nothing else: native/build.sh OUT_DIR [TIERS]
# Recompiles only what changed. CXX selects the compiler, whose target is built for, such as CXX=aarch64-linux-gnu-g++.
# EXTRA_FLAGS (such as -fsanitize=address) are added to every call. With TIERS, such as "avx512-amx", it builds
# OUT_DIR/emulated, a library for tests: what these tiers need and this processor may lack is computed in C++ (test/emulated).
set -euo pipefail
if [ $# -lt 1 ]; then
  echo "usage: $0 OUT_DIR [TIERS]" >&2
  exit 2
fi
out=$1
emulated=${2:-}
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

sources=(memory rows pass/plan pass/score_pass pass/class_sums pass/nearest pass/gradient
  tiers/tiers tiers/scalar)
machine=$("$compiler" -dumpmachine)
case $machine in
  x86_64*) sources+=(tiers/avx2 tiers/avx512 tiers/avx512_vnni tiers/avx512_bf16) ;;
  aarch64*) sources+=(tiers/neon tiers/neon_dotprod tiers/neon_i8mm tiers/neon_bf16 combined_tiers) ;;
esac
case $machine in
  *darwin*)
    library=$out/${emulated:+emulated/}libafterimage.dylib
    link=(-Wl,-install_name,@rpath/libafterimage.dylib) ;;
  *)
    library=$out/${emulated:+emulated/}libafterimage.so
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
[ -z "$emulated" ] || mkdir -p "$out/emulated" "$objects_dir/emulated/tiers"

newest_header=$(find "$here/include" "$here/cpu" ${emulated:+"$here/test/emulated"} "$here/build.sh" \( -name '*.h' -o -name build.sh \) -exec ls -t {} + | sed -n 1p)
jobs=()
objects=()
for source in "${sources[@]}"; do
  object=$objects_dir/$source.o
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
  # The compiler must not use the instructions by itself.
  if [ -n "$emulated" ] && [[ " tiers ${emulated//-/_} " == *" ${source#tiers/} "* ]]; then
    object=$objects_dir/emulated/$source.o
    case $source in
      tiers/avx2_*) tier=("${avx2[@]}") ;;
      tiers/avx512_*) tier=("${avx512[@]}") ;;
    esac
    tier+=(-iquote "$here/test/emulated")
  fi
  objects+=("$object")
  [ "$object" -nt "$here/cpu/$source.cpp" ] && [ "$object" -nt "$newest_header" ] && continue
  "$compiler" "${flags[@]}" ${tier[@]+"${tier[@]}"} ${extra[@]+"${extra[@]}"} -c "$here/cpu/$source.cpp" -o "$object" &
  jobs+=($!)
done
for job in ${jobs[@]+"${jobs[@]}"}; do
  wait "$job"
done

if [ ${#jobs[@]} -gt 0 ] || [ ! -e "$library" ] || [ -n "$emulated" ]; then
  "$compiler" -shared "${link[@]}" ${extra[@]+"${extra[@]}"} \
    "${objects[@]}" -o "$library.new" -lm
  mv "$library.new" "$library"
fi
