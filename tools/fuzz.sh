#!/bin/bash
# Fuzzes the readers of files with Jazzer: tools/fuzz.sh [SECONDS [TARGET...]]
#
# Targets: index log npy npz safetensors cifar onnx picture. By default it fuzzes all of them for 1200 seconds each.
# It stops at the first finding and keeps the input in target/fuzz/TARGET. Copy that input to
# src/model/test/resources/fuzz/TARGET, and every build will test it. FUZZ_JOBS=2 fuzzes two targets at a time.
# FUZZ_COMPILED=1 takes the classes of the last build as they are.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-1200}
shift || true
targets=("$@")
[ $# -gt 0 ] || targets=(index log npy npz safetensors cifar onnx picture)

mkdir -p target/fuzz
compiled=()
[ -z "${FUZZ_COMPILED:-}" ] || compiled=(-Dmaven.main.skip -Dmaven.test.skip -Djavacpp.skip -Dnative.skip)
mvn -q -B -Pfuzz -pl src/index,src/platform,src/model ${compiled[@]+"${compiled[@]}"} test-compile dependency:build-classpath \
  "-Dmdep.outputFile=$PWD/target/fuzz/classpath"

fuzz() {
  local target=$1 seconds=$2
  local work=target/fuzz/$target
  local -A classes=(
    [index]=file.IndexFuzz [log]=file.LogFuzz [npy]=model.data.NpyFuzz [npz]=model.data.NpzFuzz [safetensors]=model.data.SafeTensorsFuzz
    [cifar]=model.data.CifarFuzz [onnx]=model.network.OnnxFuzz [picture]=model.data.PictureFuzz)
  local compiler=()
  [ "$seconds" -ge 60 ] || compiler=(-XX:TieredStopAtLevel=1) # a short run ends before the optimising compiler pays off
  mkdir -p "$work/corpus"
  if ! java ${compiler[@]+"${compiler[@]}"} -Xmx512m -cp "target/afterimage-model/classes:target/afterimage-model/test-classes:$(cat target/fuzz/classpath)" \
    -Djava.io.tmpdir="${TMPDIR:-/tmp}" com.code_intelligence.jazzer.Jazzer \
    "--target_class=io.github.afterimage.${classes[$target]}" \
    "--instrumentation_includes=io.github.afterimage.**:org.apache.commons.compress.archivers.**:com.twelvemonkeys.imageio.**:com.sun.imageio.plugins.**" \
    "--custom_hook_includes=io.github.afterimage.**" \
    "--reproducer_path=$work" -artifact_prefix="$work/" -max_total_time="$seconds" -max_len=8192 -timeout=300 \
    -rss_limit_mb=4096 -print_final_stats=1 "$work/corpus" "src/model/test/resources/fuzz/$target" \
    > "$work/log" 2>&1; then
    tail -n 40 "$work/log" >&2
    echo "fuzz $target: finding, see $work" >&2
    exit 255 # makes xargs stop
  fi
  echo "fuzz $target: no finding in $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log") inputs"
}
export -f fuzz
printf '%s\n' "${targets[@]}" | xargs -P "${FUZZ_JOBS:-1}" -I{} bash -euo pipefail -c "fuzz {} $seconds"
