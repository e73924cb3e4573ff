#!/bin/bash
# Runs a service under load that changes, saves, swaps and is killed, and checks every answer and every restart.
#   tools/soak.sh [MINUTES] [faults]     10 by default; half of them with kills, half in one process. With "faults", operations on
#                                        the disk fail now and then
set -e -o pipefail
cd "$(dirname "$0")/.."
mvn -B package -pl src/index -Dtest=SoakTest -Dtests.excluded= -Dsurefire.failIfNoSpecifiedTests=false \
    -Dafterimage.soakSeconds=$((${1:-10} * 60)) -Dafterimage.soakFaults=$([[ ${2:-} == faults ]] && echo true || echo false) | grep -E 'kills|answers|Tests run|ERROR'
