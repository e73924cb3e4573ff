#!/bin/bash
# Fuzzes the readers of files with Jazzer, one after the other: tools/fuzz.sh [SECONDS [TARGET...]]
#
# Targets: index npy npz safetensors faiss cifar onnx; all by default, 1200 seconds each. Stops at the first finding, whose
# input is kept in target/fuzz/TARGET; copy it to src/test/resources/fuzz/TARGET, where every build tries it again.
# FUZZ_SKIP_BUILD=1 uses the classes that are there.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-1200}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(index npy npz safetensors faiss cifar onnx)

declare -A classes=(
  [index]=store.IndexFuzz [npy]=data.NpyFuzz [npz]=data.NpzFuzz [safetensors]=data.SafeTensorsFuzz
  [faiss]=data.FaissFuzz [cifar]=data.CifarFuzz [onnx]=network.OnnxFuzz)

mkdir -p target/fuzz
if [ -z "${FUZZ_SKIP_BUILD:-}" ]; then
  mvn -q -B -ntp -Pfuzz test-compile dependency:build-classpath -Dmdep.outputFile=target/fuzz/classpath
fi
classpath=target/classes:target/test-classes:$(cat target/fuzz/classpath)

for target in "${targets[@]}"; do
  work=target/fuzz/$target
  mkdir -p "$work/corpus"
  echo "fuzz $target: $seconds s"
  if ! java -Xmx512m -cp "$classpath" -Djava.io.tmpdir="${TMPDIR:-/tmp}" com.code_intelligence.jazzer.Jazzer \
    "--target_class=io.github.afterimage.${classes[$target]}" \
    "--instrumentation_includes=io.github.afterimage.**:org.apache.commons.compress.archivers.**:com.fasterxml.jackson.core.json.**" \
    "--custom_hook_includes=io.github.afterimage.**" \
    "--reproducer_path=$work" -artifact_prefix="$work/" -max_total_time="$seconds" -max_len=8192 -timeout=300 \
    -rss_limit_mb=4096 -print_final_stats=1 "$work/corpus" "src/test/resources/fuzz/$target" \
    > "$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    echo "fuzz $target: finding, see $work" >&2
    exit 1
  fi
  grep -E "^Done|stat::number_of_executed_units|^#[0-9]+.*DONE" "$work/log" || true
done
