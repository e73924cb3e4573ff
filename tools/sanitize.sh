#!/bin/bash
# Builds the kernels for processors and their tests with AddressSanitizer and UndefinedBehaviorSanitizer, and runs every test
# in every tier that this processor supports: tools/sanitize.sh [OUT_DIR [FILTER [SEED]]]
#
# An emulator runs the other tiers, without the sanitizers:
#   AVX2     qemu-user (Debian: apt-get install qemu-user):
#              RUN_WITH="qemu-x86_64 -cpu max" native/test/run.sh OUT_DIR "avx2: "
#   AVX-512  Intel SDE (https://www.intel.com/software/sde), which emulates every tier as a Sapphire Rapids processor
#              RUN_WITH="sde64 -spr --" native/test/run.sh OUT_DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../target/sanitize}
export EXTRA_FLAGS="-g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
# One test requests more memory than can exist and expects a refusal.
export ASAN_OPTIONS=${ASAN_OPTIONS:-allocator_may_return_null=1}
exec "$here/../native/test/run.sh" "$out" "${@:2}"
