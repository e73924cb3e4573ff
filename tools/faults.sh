#!/bin/bash
# Lets each operation on the disk, each read and each allocation of an index with a log fail in turn; then tests the server with
# clients that are slow, broken, hostile and many, with a small heap, and its shutdown under load.
#   tools/faults.sh [CONNECTIONS]     10,000 by default, which need as many file descriptors (ulimit -n) and a few more
set -e -o pipefail
cd "$(dirname "$0")/.."
mvn -B package -pl src/serve -am -Dafterimage.allFaults=true -Dtests.excluded= -Dtest='LogFaultTest,FaultTest,ManyConnectionsTest,ShutdownTest,SmallHeapTest' \
    -Dsurefire.failIfNoSpecifiedTests=false -Dafterimage.connections="${1:-10000}" -Dafterimage.shutdownClients=256 \
    -Dafterimage.smallHeapSeconds=60 |
    awk '/ lives with |connections at once|shutdown under load|Tests run|ERROR|heap of|^  (call|request) / { print }
         /health answered within/ && $(NF - 1) > 1000 { slow = 1 }
         END { if (slow) { print "health did not answer within a second"; exit 1 } }'
