#!/bin/bash
# Builds the stand-ins for libcuda.so.1 and cuBLAS into OUT_DIR: native/test/cuda/driver/build.sh OUT_DIR
# With LD_LIBRARY_PATH=OUT_DIR the engine "cuda" runs on the host, slowly, with the real CUDA runtime (libcudart.so.13).
set -euo pipefail
if [ $# -ne 1 ]; then
  echo "usage: $0 OUT_DIR" >&2
  exit 2
fi
out=$1
here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../../cuda
toolkit=${CUDA_HOME:-/usr/local/cuda}
mkdir -p "$out"
flags=(-std=c++17 -O2 -fPIC -shared -Wall -Wextra -Wno-unknown-pragmas -I"$here/.." -I"$kernels" -I"$out" -I"$toolkit/include")
# Each mutated file is a namespace of its own; `mutants` names its kernels. Keys of float16 are compared first, so the twins for
# bfloat16 are left out.
mutants=""
{
  printf '%s\n' '#include "kernels.h"' '#include "tensor_core.h"'
  while IFS= read -r line; do
    IFS=$'\t' read -r name file from to <<< "${line// @ /$'\t'}"
    [[ $name != "#"* && -n ${from:-} ]] || continue
    from=$(printf '%b' "${from% @}") to=$(printf '%b' "$to") text=$(cat "$kernels/$file")
    [[ $text == *"$from"* ]] || { echo "$file has no \"$from\" for the mutation $name" >&2; exit 1; }
    printf 'namespace %s {\nnamespace {\n%s\n}\n}\n' "$name" "${text//"$from"/"$to"}"
    mutants+=$(sed -n "s/^KERNEL([^)]*) \([a-z0-9_]*\)(\([A-Za-z]*\) a).*/{\"$name \1\", launch<\2, $name::\1>},/p" "$kernels/$file" | grep -v bfloat16)
  done < "$here/mutations.txt"
  echo "#define MUTANTS $mutants" | tr '\n' ' '
} > "$out/mutants.h"
device=("$here/../host_device.cpp" "$here/../host_tensor_core.cpp")
# Mutated kernels run a few times only.
"${CXX:-g++}" "${flags[@]}" -O1 -Wno-unused-function -c "$here/cuda_driver.cpp" -o "$out/cuda_driver.o" &
driver=$!
# Its calls to libcuda.so.1 are bound when it is loaded behind it.
"${CXX:-g++}" "${flags[@]}" -x c++ "$here/cublas.cpp" "${device[@]}" -Wl,-soname,libcublas.so.13 -o "$out/libcublas.so.13"
wait "$driver"
"${CXX:-g++}" "${flags[@]}" "$out/cuda_driver.o" -x c++ "$here"/{memory,state}.cpp "${device[@]}" "$kernels"/*.cu \
  -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1"
echo | "${CXX:-g++}" -shared -x c++ - -Wl,-soname,libcublasLt.so.13 -o "$out/libcublasLt.so.13"
"${CXX:-g++}" -std=c++17 -O2 -Wall -Wextra -I"$toolkit/include" "$here/driver_test.cpp" "$out/libcuda.so.1" \
  "$out/libcublas.so.13" -Wl,-rpath,"$out" -o "$out/driver_test"
