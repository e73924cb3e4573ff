#!/bin/bash
# Tests the server with clients that are slow, broken, hostile and many, with a small heap, and its shutdown under load. Before
# that, lets each operation on the disk and each allocation of an index with a log fail in turn, and system calls of random
# lives of an index (tools/faults.c): they fail, fail after their effect, or do half of their work, and at each acknowledgement
# states after a loss of power are opened.
#   tools/faults.sh [CONNECTIONS [SECONDS]]     10,000 by default, which need as many file descriptors (ulimit -n) and a few more;
#                                               seconds of random lives, 180 by default
set -e -o pipefail
cd "$(dirname "$0")/.."
mvn -B package -pl src/serve -am -Dafterimage.allFaults=true -Dtests.excluded= -Dtest='LogFaultTest,SystemCallsTest,FaultTest,ManyConnectionsTest,ShutdownTest,SmallHeapTest' \
    -Dsurefire.failIfNoSpecifiedTests=false -Dafterimage.connections="${1:-10000}" -Dafterimage.shutdownClients=256 \
    -Dafterimage.smallHeapSeconds=60 -Dafterimage.callSeconds="${2:-180}" |
    awk '/^SystemCallsTest seed|^found|^calls | lives, |connections at once|shutdown under load|Tests run|ERROR|heap of|^  (call|request) / { print }
         /health answered within/ && $(NF - 1) > 1000 { slow = 1 }
         END { if (slow) { print "health did not answer within a second"; exit 1 } }'
