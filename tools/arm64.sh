#!/usr/bin/env bash
# Runs the program on four processors of arm64 by qemu, and compares its answers with those of this machine's processor:
#   tools/arm64.sh [tests]
# With tests, it runs the tests of the engines' agreement instead. tools/dist/arm64.sh prepares target/arm64 and says what it needs.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/dist/arm64.sh
if [ "${1:-}" = tests ]; then
  libraries=$(ls "$PWD"/target/arm64/libraries/*-linux-arm64.jar target/afterimage/afterimage-*-linux-arm64.jar | paste -sd,)
  exec mvn -q surefire:test -pl src/index -Djvm="$PWD/target/arm64/bin/java" -Dmaven.test.additionalClasspath="$libraries" \
    -Dtest=EngineAgreementTest -Dtest.processes=1
fi
x86=("$PWD/tools/afterimage")
arm=("$PWD/target/arm64/bin/java" -Djava.awt.headless=true -jar "$PWD/target/arm64/afterimage.jar")
work=$(mktemp -d) top=$PWD
trap 'kill $(jobs -p) 2> /dev/null || true; rm -rf "$work"' EXIT
ln -s "$top/models" "$work/models"
# run PROGRAM ARGUMENTS...: the program is x86 or arm.
run() {
  local -n program=$1
  "${program[@]}" "${@:2}" 2>> "$work/errors" || { cat "$work/errors" >&2; exit 1; }
}
# same WHAT TOLERANCE: the words of the files x86 and arm are the same, and their numbers are as near; prints arm's and the seconds.
same() {
  if awk -v tolerance="$2" -v number='^-?[0-9.]+(E-?[0-9]+)?$' 'function near(a, b) { return a == b || a ~ number && b ~ number && a - b <= tolerance && b - a <= tolerance }
      NR == FNR { for (i = 1; i <= NF; i++) first[n++] = $i; next } { for (i = 1; i <= NF; i++) if (!near($i, first[m++])) exit 1 }
      END { if (n != m || n == 0) exit 1 }' "$work/x86" "$work/arm"; then
    echo "$1: $(tr -s ' \n' ' ' < "$work/arm" | cut -c 1-100)($((SECONDS - start)) s)"
  else
    { echo "$1: arm64 differs from x86-64:"; diff "$work/x86" "$work/arm" || true; } >&2
    exit 1
  fi
}
# both FILTER ARGUMENTS...: what the filter leaves of the outputs of a command.
both() { run x86 "${@:2}" | "$1" > "$work/x86"; start=$SECONDS; run arm "${@:2}" | "$1" > "$work/arm"; }

answer() { sed -n '/^class/{n;p;q}'; }
wrong() { awk '/^(network|together|memory alone).* %/ { for (i = 2; $i != "%"; i++); print $1, $(i + 1) ";" }'; }
# classified PROGRAM: the numbers and words of the answer of a server.
classified() {
  local -n program=$1
  rm -rf target log
  mkdir target # For the copies of the indexes.
  "${program[@]}" serve --demo --port 0 > log 2>&1 &
  until url=$(sed -n 's/.*serving \(http.*cifar10\)$/\1/p' log) && [ -n "$url" ]; do kill -0 $! || { cat log >&2; exit 1; }; sleep 0.2; done
  curl -sST models/pictures/ship.png "$url/classify" | tr ',:{}[]"' ' ' | sed 's/ id .* rule/ rule/'
  kill $!
  wait $! || true
}

cd "$work"
for processor in max:neon-bf16:1000 cortex-a53:neon:50 neoverse-n1:neon-dotprod:50 neoverse-v1:neon-bf16:50; do
  IFS=: read -r QEMU_CPU tier rows <<< "$processor"
  export QEMU_CPU
  start=$SECONDS
  run arm doctor | sed -n 's/^instructions  \([^ ]*\).*/\1/p' > arm
  echo "$tier" > x86
  same "$QEMU_CPU, doctor" 0
  both answer predict --index models/cifar10.safetensors --model models/cifar10_resnet.onnx models/pictures/ship.png
  same "$QEMU_CPU, predict" 0.02
  both wrong evaluate --index models/cifar10.safetensors --data "features:models/cifar10-test.safetensors#[0:$rows]"
  same "$QEMU_CPU, wrong of $rows" 2
done
start=$SECONDS
classified x86 > x86
QEMU_CPU=max classified arm > arm
same "serve and classify" 0.01
