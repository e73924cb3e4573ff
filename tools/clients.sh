#!/bin/bash
# Calls a server with clients that this project did not write: stubs that OpenAPI Generator makes from the document that the server
# serves, stubs that protoc makes from the published .proto file of the Open Inference Protocol, Triton's clients for Java and Python,
# grpc-js with Triton's .proto files, and curl.
#
#   tools/clients.sh [PROTOCOL TRITON COMMON]
#
# PROTOCOL, TRITON and COMMON are checkouts of github.com/kserve/open-inference-protocol, github.com/triton-inference-server/client and
# github.com/triton-inference-server/common; without them, the script clones them into target/clients. It needs the built jar and git.
# Clients whose registry cannot be reached are left out, and said to be.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$PWD/target/clients own=$PWD/tools/consumers/clients picture=$PWD/models/pictures/ship.png
mkdir -p "$work"
clone() { [ -d "$work/$2" ] || git clone -q --depth 1 "https://github.com/$1/$2" "$work/$2"; echo "$work/$2"; }
protocol=${1:-$(clone kserve open-inference-protocol)}
triton=${2:-$(clone triton-inference-server client)}
common=${3:-$(clone triton-inference-server common)}
http=18600 grpc=18601
java -Xmx1g -jar target/afterimage.jar serve --demo --port $http --grpc-port $grpc &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for try in $(seq 100); do curl -sf localhost:$http/v2/health/ready >/dev/null && break; sleep 0.2; done
classify=localhost:$http/v2/models/cifar10/classify
for way in "-T $picture" "-F image=@$picture" "--http2-prior-knowledge -T $picture" "--compressed -T $picture"; do
    curl -sf $way $classify | grep -q '^{"class":"ship"' && echo "curl $way: ship"
done
curl -sf localhost:$http/openapi.json -o "$work/openapi.json"
mvn -q -B -f "$own/pom.xml" compile exec:java -Dexec.args="$http $grpc" \
    -Dopenapi.document="$work/openapi.json" -Dprotocol.folder="$protocol" -Dtriton.folder="$triton"
if python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q 'tritonclient[http]' 2>/dev/null; then
    "$work/venv/bin/python" "$own/triton.py" localhost:$http cifar10 "$picture"
else
    echo "tritonclient: left out, because pip cannot install it"
fi
if npm install --silent --prefix "$work" @grpc/grpc-js @grpc/proto-loader >/dev/null 2>&1; then
    NODE_PATH=$work/node_modules node "$own/grpc.js" "$common/protobuf" localhost:$grpc cifar10 "$picture"
else
    echo "grpc-js: left out, because npm cannot install it"
fi
