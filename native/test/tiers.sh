#!/bin/bash
# Prints which tiers were tested natively, which emulated and which not: native/test/tiers.sh OUT_DIR/tiers...
# test/run.sh writes these files. "Emulated" means that the instructions, or the whole processor, were emulated.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tested=$(cat "$@" 2> /dev/null || true)
all=$(cat "$here"/../cpu/{,tiers/}*.cpp | tr '\n' ' ' | grep -oE 'kernels_of\( *"[a-z0-9-]+"' | cut -d '"' -f 2 | sort)
natively="" emulated="" missing=""
for tier in $all; do
  if grep -qx "natively $tier" <<< "$tested"; then
    natively+=" $tier"
  elif grep -qx "emulated $tier" <<< "$tested"; then
    emulated+=" $tier"
  else
    missing+=" $tier"
  fi
done
echo "tiers tested natively:${natively:- none}"
echo "tiers tested emulated:${emulated:- none}"
echo "tiers not tested:${missing:- none}"
