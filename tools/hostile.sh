#!/bin/bash
# Serves ordinary clients beside clients of HTTP/2 that read slowly, cancel what they ask for, and ask too much, and prints how many
# are served and refused, in which time, and the lines of the log and the heap after each kind.
#   tools/hostile.sh [SECONDS]     of each kind, 20 by default
set -e -o pipefail
cd "$(dirname "$0")/.."
mvn -B package -pl src/serve -am -Dtests.excluded= -Dtest=HostileClientsTest -Dsurefire.failIfNoSpecifiedTests=false \
    -Dafterimage.hostileSeconds="${1:-20}" | grep -E 'served|Tests run|ERROR'
