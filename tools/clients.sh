#!/bin/bash
# Calls a server with clients that this project did not write: stubs that OpenAPI Generator makes from the document that the server
# serves, stubs that protoc makes from the published .proto file of the Open Inference Protocol, and the Java client of Triton.
#
#   tools/clients.sh [PROTOCOL TRITON]
#
# PROTOCOL and TRITON are checkouts of github.com/kserve/open-inference-protocol and github.com/triton-inference-server/client;
# without them, the script clones both into target/clients. It needs the built jar and git.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/clients
mkdir -p "$work"
clone() { [ -d "$work/$2" ] || git clone -q --depth 1 "https://github.com/$1/$2" "$work/$2"; echo "$work/$2"; }
protocol=${1:-$(clone kserve open-inference-protocol)}
triton=${2:-$(clone triton-inference-server client)}
http=18600 grpc=18601
java -Xmx1g -jar target/afterimage.jar serve --demo --port $http --grpc-port $grpc &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for try in $(seq 100); do curl -sf localhost:$http/v2/health/ready >/dev/null && break; sleep 0.2; done
curl -sf localhost:$http/openapi.json -o "$work/openapi.json"
mvn -q -B -f tools/consumers/clients/pom.xml compile exec:java -Dexec.args="$http $grpc" \
    -Dopenapi.document="$work/openapi.json" -Dprotocol.folder="$protocol" -Dtriton.folder="$triton"
