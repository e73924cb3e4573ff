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
flags=(-std=c++17 -O2 -fPIC -shared -Wall -Wextra -Wno-unknown-pragmas -I"$here/.." -I"$kernels" -I"$toolkit/include")
device=("$here/../host_device.cpp" "$here/../host_tensor_core.cpp")
"${CXX:-g++}" "${flags[@]}" -x c++ "$here"/{cuda_driver,memory,state}.cpp "${device[@]}" "$kernels"/*.cu \
  -Wl,-soname,libcuda.so.1 -o "$out/libcuda.so.1"
# Its calls to libcuda.so.1 are bound when it is loaded behind it.
"${CXX:-g++}" "${flags[@]}" -x c++ "$here/cublas.cpp" "${device[@]}" -Wl,-soname,libcublas.so.13 -o "$out/libcublas.so.13"
echo | "${CXX:-g++}" -shared -x c++ - -Wl,-soname,libcublasLt.so.13 -o "$out/libcublasLt.so.13"
"${CXX:-g++}" -std=c++17 -O2 -Wall -Wextra -I"$toolkit/include" "$here/driver_test.cpp" "$out/libcuda.so.1" \
  "$out/libcublas.so.13" -Wl,-rpath,"$out" -o "$out/driver_test"
