#!/bin/bash
# Runs a service under load that changes, saves, swaps and is killed, and a server whose model is swapped under load; checks every
# answer in double precision, and every restart.
#   tools/soak.sh [MINUTES] [faults]     10 by default: a third with kills, a third in one process, a third with the server. With
#                                        "faults", operations on the disk of the service fail now and then
set -e -o pipefail
cd "$(dirname "$0")/.."
mvn -B package -pl src/serve -am -Dtest='SoakTest,SwapSoakTest' -Dtests.excluded= -Dsurefire.failIfNoSpecifiedTests=false \
    -Dafterimage.soakSeconds=$((${1:-10} * 40)) -Dafterimage.soakFaults=$([[ ${2:-} == faults ]] && echo true || echo false) | grep -E 'seed|kills|answers|Tests run|ERROR'
