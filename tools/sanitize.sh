#!/bin/bash
# Builds the CPU kernels and their runner with AddressSanitizer and UndefinedBehaviorSanitizer, and runs every test in
# every tier of this processor: tools/sanitize.sh [OUT_DIR [FILTER [SEED]]]
#
# Tiers that this processor lacks run under an emulator, without the sanitizers:
#   AVX2     qemu-user (Debian: apt-get install qemu-user):
#              RUN_WITH="qemu-x86_64 -cpu max" native/test/run.sh OUT_DIR "avx2: "
#   AVX-512  Intel SDE (https://www.intel.com/software/sde): sapphire rapids has every tier
#              RUN_WITH="sde64 -spr --" native/test/run.sh OUT_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../target/sanitize}
export EXTRA_FLAGS="-g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
# A test asks for more than there can be.
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1}
exec "$here/../native/test/run.sh" "$out" "${@:2}"
