#!/bin/bash
# Calls a server with clients that this project did not write: stubs for Java, Python and TypeScript that OpenAPI Generator makes from
# the document that the server serves, stubs that protoc makes from the published .proto file of the Open Inference Protocol, Triton's clients for Java and Python
# with its example image_client.py, KServe's clients for Python, grpc-js with Triton's .proto files, and curl.
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
clone() { [ -d "$work/$2" ] || git clone -q --depth 1 "https://github.com/$1/$2" "$work/$2" || return; echo "$work/$2"; }
protocol=${1:-$(clone kserve open-inference-protocol)}
triton=${2:-$(clone triton-inference-server client)}
common=${3:-$(clone triton-inference-server common)}
http=18600 grpc=18601
java -Xmx1g -jar target/afterimage.jar serve --demo --port $http --grpc-port $grpc &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for _ in {1..100}; do curl -sf localhost:$http/v2/health/ready >/dev/null && break; sleep 0.2; done
classify=localhost:$http/v2/models/cifar10/classify
for way in "-T $picture" "-F image=@$picture" "--http2-prior-knowledge -T $picture" "--compressed -T $picture"; do
    curl -sf $way $classify | grep '^{"class":"ship"' > /dev/null
    echo "curl $way: ship"
done
curl -sf localhost:$http/openapi.json -o "$work/openapi.json"
mvn -q -B -f "$own/pom.xml" compile exec:java -Dexec.args="$http $grpc" \
    -Dopenapi.document="$work/openapi.json" -Dprotocol.folder="$protocol" -Dtriton.folder="$triton"
stubs=$work/build/python
if python3 -c 'import dateutil, pydantic, urllib3' 2>/dev/null || python3 -m pip install -q -r "$stubs/requirements.txt" 2>/dev/null; then
    PYTHONPATH=$stubs python3 "$own/openapi_calls.py" http://localhost:$http cifar10 "$picture"
else
    echo "openapi, Python: left out, because neither pip nor the system has what the stubs need"
fi
if npm install --silent --prefix "$work" typescript >/dev/null 2>&1; then
    cp "$own/openapi.ts" "$work/build/typescript"
    "$work/node_modules/.bin/tsc" --strict --types '' --target es2022 --lib es2022,dom --module commonjs --outDir "$work/build/javascript" \
        "$work/build/typescript/openapi.ts"
    node "$work/build/javascript/openapi.js" http://localhost:$http cifar10 "$picture"
else
    echo "openapi, TypeScript: left out, because npm cannot install its compiler"
fi
python=$work/venv/bin/python
if ! { python3 -m venv "$work/venv" && "$python" -m pip install -q 'tritonclient[http,grpc]' attrdict pillow; } 2>/dev/null; then
    # The library for HTTP needs no build, and Debian has what it needs.
    python=python3
    export PYTHONPATH=$triton/src/python/library
fi
if "$python" -c 'import tritonclient.http' 2>/dev/null; then
    "$python" "$own/triton.py" localhost:$http cifar10 "$picture"
else
    echo "tritonclient: left out, because neither pip nor the system has what it needs"
fi
if "$python" -c 'import attrdict, tritonclient.grpc' 2>/dev/null; then
    for way in "-u localhost:$http" "-u localhost:$grpc -i gRPC" "-u localhost:$grpc -i gRPC --streaming"; do
        "$python" "$triton/src/python/examples/image_client.py" -m cifar10@pixels -s NONE $way "$picture" | tee "$work/answer"
        grep -q ' = ship$\|SHIP\|: *ship' "$work/answer"
    done
else
    echo "image_client.py: left out, because pip cannot install what it needs"
fi
if "$python" -c 'import kserve' 2>/dev/null || "$python" -m pip install -q kserve 2>/dev/null; then
    "$python" "$own/kserve_calls.py" $http $grpc cifar10
else
    echo "KServe's clients: left out, because pip cannot install them"
fi
if npm install --silent --prefix "$work" @grpc/grpc-js @grpc/proto-loader >/dev/null 2>&1; then
    NODE_PATH=$work/node_modules node "$own/grpc.js" "$common/protobuf" localhost:$grpc cifar10 "$picture"
else
    echo "grpc-js: left out, because npm cannot install it"
fi
