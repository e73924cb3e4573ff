#!/bin/bash
# Says in one line how many tests of the last build were skipped, why, and what makes them run: tools/skips.sh
# Maven runs it after the tests of the last module.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
reports=(target/*/surefire-reports/TEST-*.xml)
[ ${#reports[@]} -gt 0 ] || exit 0
awk '
  # The reason is in the attribute "message", or on the first line of the exception that is not empty.
  /<skipped/ { total++; waiting = 1 }
  waiting {
    reason = $0
    gsub(/.*message="|.*TestAbortedException: |Assumption failed: |\]\]>.*|".*|: Traceback.*|; .* cannot import.*/, "", reason)
    if (reason ~ /[a-z]/) { count[remedy(reason)]++; waiting = 0 }
  }
  function remedy(reason) {
    if (reason ~ /^no GPU/) return "no GPU (install an NVIDIA driver and CUDA 13)"
    if (reason ~ /stand-in/) return "no CUDA 13 (install it; tools/cuda-on-host.sh then runs them without a GPU)"
    if (reason ~ /cannot import/) { sub(/.* import /, "", reason); sub(/\..*/, "", reason); return "no Python module (pip install " reason ")" }
    if (reason ~ /axe-core/) return "no axe-core (-Dafterimage.axe=FILE names axe.min.js)"
    if (reason ~ /chromium/) return "no browser (apt-get install chromium)"
    if (reason ~ /strace/) return "no strace (apt-get install strace)"
    if (reason ~ /^root reads/) return "the user root (run as another user)"
    if (reason ~ /JRE version|version 24/) return "another version of Java (JAVA_HOME chooses one)"
    if (reason ~ /^skipped: needs/) return "no real images or networks (tools/fetch-cifar10.sh, tools/README.md)"
    return reason
  }
  END {
    printf "%d tests skipped", total
    separator = ": "
    for (reason in count) { printf "%s%d %s", separator, count[reason], reason; separator = ", " }
    print ""
  }' "${reports[@]}"
