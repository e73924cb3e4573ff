#!/bin/bash
# Builds the CUDA kernels into one fatbin: native/build-cuda.sh OUT_FILE WORK_DIR
# Without nvcc of CUDA 13 it prints one line, writes no file and succeeds: the engine "cuda" is then not available.
# NVCC names the compiler; otherwise PATH, CUDA_HOME and /usr/local/cuda are searched. WORK_DIR/resources receives the
# registers, spills and shared memory of every kernel on every architecture.
set -euo pipefail
if [ $# -ne 2 ]; then
  echo "usage: $0 OUT_FILE WORK_DIR" >&2
  exit 2
fi
out=$1
work=$2
kernels=$(cd "$(dirname "$0")/cuda" && pwd)
nvcc=${NVCC:-$(command -v nvcc || ls "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" 2> /dev/null || true)}
if [ -z "$nvcc" ] || ! release=$("$nvcc" --version 2> /dev/null | sed -n 's/.*release \([0-9]*\).*/\1/p') || [ "${release:-0}" -lt 13 ]; then
  echo "nvcc of CUDA 13 is missing: building without the GPU kernels and the engine \"cuda\""
  rm -f "$out" "$work/resources"
  exit 0
fi

flags=(-std=c++17 -O3 --fmad=true --compress-mode=size -Xptxas -v --threads 2)
for architecture in 80 86 89 90a 100 120; do
  flags+=(-gencode "arch=compute_$architecture,code=sm_$architecture")
done
# Later devices compile this.
flags+=(-gencode arch=compute_80,code=compute_80)
key="$("$nvcc" --version | tail -1) ${flags[*]} $(cat "$kernels"/* | cksum)"
[ -e "$out" ] && [ -e "$work/resources" ] && [ "$(cat "$work/key" 2> /dev/null)" = "$key" ] && exit 0

mkdir -p "$work" "$(dirname "$out")"
# One translation unit, so that one module per architecture holds every kernel. The sources have no unnamed namespaces:
# nvcc puts a hash of the folder into their names, and the builds of two checkouts would differ.
for source in "$kernels"/*.cu; do
  echo "#include \"$source\""
done > "$work/kernels.cu"
if ! "$nvcc" "${flags[@]}" -I"$kernels" -fatbin "$work/kernels.cu" -o "$work/kernels.fatbin" > "$work/report" 2>&1; then
  cat "$work/report" >&2
  exit 1
fi
mv "$work/report" "$work/resources"
mv "$work/kernels.fatbin" "$out"
echo "$key" > "$work/key"
