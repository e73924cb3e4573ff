#!/bin/bash
# Checks built libraries, and folders of the objects of tiers: native/check.sh (LIBRARY | FOLDER)...
# Fails if a library needs more than glibc 2.34, which JavaCPP and OpenBLAS need too, or more than the libstdc++ of GCC 11
# (RHEL 9, Ubuntu 22.04 and Debian 12 have both), or if it searches for others outside its own folder. Only processors that
# have the instructions of a tier may run its code: fails if an object runs code when it is loaded, or shares an inline
# function, which the linker could take for all others. Prints nothing if all is well.
set -euo pipefail
limits=(GLIBC_2.34 GLIBCXX_3.4.29 CXXABI_1.3.13)
if ! command -v objdump > /dev/null; then
  echo "objdump is missing: the requirements of the native libraries are not checked (Debian, Ubuntu: apt-get install binutils)"
  exit 0
fi
status=0
check_tiers() {
  local object symbols shared
  for object in "$1"/*.o; do
    symbols=$(nm -C "$object")
    shared=$(grep -E ' [uVvWw] |_GLOBAL__sub_I' <<< "$symbols" || true)
    [ -n "$shared" ] || continue
    echo "$object runs code when it is loaded (_GLOBAL__sub_I) or shares symbols with other processors' code:" >&2
    echo "$shared" >&2
    status=1
  done
}
for library; do
  if [ -d "$library" ]; then
    check_tiers "$library"
    continue
  fi
  name=${library##*/}
  if ! symbols=$(objdump -T "$library" 2> /dev/null) || ! headers=$(objdump -p "$library"); then
    echo "$name: objdump finds no symbol table, so its requirements are not checked"
    continue
  fi
  path=$(sed -nE 's/^ +(RUNPATH|RPATH) +//p' <<< "$headers")
  case $path in
    '' | '$ORIGIN' | '$ORIGIN/') ;;
    *)
      echo "$name searches for libraries in $path: expected \$ORIGIN only" >&2
      status=1 ;;
  esac
  for limit in "${limits[@]}"; do
    newest=$(grep -oE "\<${limit%_*}_[0-9.]+" <<< "$symbols" | sort -uV | tail -1 || true)
    [ -n "$newest" ] || continue
    if [ "$(printf '%s\n' "$newest" "$limit" | sort -V | tail -1)" != "$limit" ]; then
      functions=$(grep -F "$newest)" <<< "$symbols" | sed 's/.* //' | tr '\n' ' ')
      echo "$name needs $newest for ${functions% }: expected at most $limit" >&2
      status=1
    fi
  done
done
exit $status
