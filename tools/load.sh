#!/bin/bash
# Measures how many pictures servers answer in a second, and in which times (p50 and p99), beside calls of the library in one process:
# HTTP/1.1, HTTP/2 and gRPC, with 1, 16 and 64 connections, each with one request at a time. Requests are binary and ask for the
# probabilities.
#
#   tools/load.sh [SECONDS [JAR...]]
#
# SECONDS of each measurement, 5 by default. Each JAR is a build, such as target/afterimage.jar, the default; all of them serve at
# the same time and are measured in turn, so that a machine that changes its speed changes it for all. Needs h2load (nghttp2-client).
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
jars=("${@:2}")
[ ${#jars[@]} -gt 0 ] || jars=(target/afterimage.jar)
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2>/dev/null; rm -r "$work"' EXIT
java -cp "${jars[0]}" tools/Load.java bodies "$work"
for i in "${!jars[@]}"; do
    java -Xmx1g -jar "${jars[$i]}" serve --name cifar10 --index models/cifar10.safetensors --model models/cifar10_resnet.onnx \
        --port $((18800 + 2 * i)) --grpc-port $((18801 + 2 * i)) > "$work/log$i" 2>&1 &
    servers+=($!)
done
for i in "${!jars[@]}"; do
    for _ in {1..150}; do curl -sf localhost:$((18800 + 2 * i))/v2/health/ready > /dev/null && break; sleep 0.2; done
done
infer=v2/models/cifar10/infer
http=(-d "$work/http" -H "Inference-Header-Content-Length: $(cat "$work/length")" -H 'Content-Type: application/octet-stream')
grpc=(-d "$work/grpc" -H 'Content-Type: application/grpc' -H 'TE: trailers')

# Prints the answers per second of a jar, and their times, for a protocol and a number of connections; h2load's error if one has not
# status 2xx.
measure() {
    local port=$((18800 + 2 * $1))
    case $2 in
        HTTP/1.1) set -- "$1" "$2" "$3" --h1 "${http[@]}" http://localhost:$port/$infer ;;
        HTTP/2) set -- "$1" "$2" "$3" "${http[@]}" http://localhost:$port/$infer ;;
        gRPC) set -- "$1" "$2" "$3" "${grpc[@]}" http://localhost:$((port + 1))/inference.GRPCInferenceService/ModelInfer ;;
    esac
    rm -f "$work/times"
    h2load -D "$seconds" --warm-up-time=1 --log-file="$work/times" -c "$3" -m 1 "${@:4}" > "$work/out" 2>&1
    grep -q ' 0 4xx, 0 5xx' "$work/out" && grep -q ', 0 failed, 0 errored' "$work/out" || { cat "$work/out"; exit 1; }
    printf '%-12s%-12s%4d%10.0f' "jar $1" "$2" "$3" "$(sed -n 's|^finished in .*, \([0-9.]*\) req/s.*|\1|p' "$work/out")"
    cut -f 3 "$work/times" | sort -n | awk '{ t[NR] = $1 } END { printf "%10.2f%10.2f\n", t[int(NR * 0.5) + 1] / 1e3, t[int(NR * 0.99) + 1] / 1e3 }'
}

for i in "${!jars[@]}"; do measure "$i" gRPC 4; measure "$i" HTTP/1.1 4; done > /dev/null # until all is compiled
printf '%-12s%-12s%4s%10s%10s%10s\n' what protocol c. /s 'p50, ms' 'p99, ms'
java -Xmx1g -cp "${jars[0]}" tools/Load.java library "$seconds" 1 16 64
for protocol in HTTP/1.1 HTTP/2 gRPC; do
    for connections in 1 16 64; do
        for i in "${!jars[@]}"; do measure "$i" $protocol $connections; done
    done
done
for i in "${!jars[@]}"; do echo "jar $i: ${jars[$i]}"; done
