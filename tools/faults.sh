#!/bin/bash
# Tests the server with clients that are slow, broken, hostile and many, and its shutdown under load.
#   tools/faults.sh [CONNECTIONS]     10,000 by default; needs as many file descriptors (ulimit -n) and a few more
set -e
cd "$(dirname "$0")/.."
mvn -B package -pl src/serve -am -Dtest='FaultTest,ManyConnectionsTest,ShutdownTest' \
    -Dsurefire.failIfNoSpecifiedTests=false -Dafterimage.connections="${1:-10000}" -Dafterimage.shutdownClients=256 |
    grep -E 'connections at once|shutdown under load|Tests run|ERROR'
