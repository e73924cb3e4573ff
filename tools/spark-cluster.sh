#!/bin/bash
# Runs a Spark cluster on this machine, from Maven's artifacts: a master and workers of one core each, as separate processes.
#   tools/spark-cluster.sh start [WORKERS [MEMORY]]   starts a master and 2 workers with 2g each, or as given
#   tools/spark-cluster.sh submit COMMAND...          submits a command of target/afterimage.jar, such as
#       submit evaluate --spark --index I --model M --data D
#   tools/spark-cluster.sh kill-worker N              kills worker N and its executors, like a crash
#   tools/spark-cluster.sh stop                       stops the master and the workers
# SPARK_CONF holds more options for spark-submit, such as "--conf spark.executor.memoryOverhead=1g".
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
export SPARK_HOME=${SPARK_HOME:-$root/target/spark}
export SPARK_LOCAL_IP=127.0.0.1 SPARK_SCALA_VERSION=2.13
run=$root/target/spark-cluster
master=spark://127.0.0.1:7077
java=(java -cp "$SPARK_HOME/conf:$SPARK_HOME/jars/*")

fail() {
  echo "spark-cluster.sh: $1" >&2
  exit 2
}

number() { # WHAT TEXT
  [[ $2 =~ ^[1-9][0-9]?$ ]] || fail "$1 \"$2\": expected a number from 1 to 99"
}

runs() { # NAME
  [ -e "$run/$1.pid" ] && kill -0 "$(cat "$run/$1.pid")" 2> /dev/null
}

install() {
  [ -d "$SPARK_HOME/jars" ] && return
  mkdir -p "$SPARK_HOME/conf"
  # Takes the version that the project is built with.
  version=$(sed -n 's:.*<spark.version>\(.*\)</spark.version>.*:\1:p' "$root/pom.xml")
  mkdir -p "$run"
  cat > "$run/pom.xml" << POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>spark</groupId><artifactId>jars</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>org.apache.spark</groupId><artifactId>spark-sql_2.13</artifactId><version>$version</version>
  </dependency></dependencies>
</project>
POM
  mvn -q -B -f "$run/pom.xml" dependency:copy-dependencies -DoutputDirectory="$SPARK_HOME/jars.new"
  mv "$SPARK_HOME/jars.new" "$SPARK_HOME/jars"
}

spawn() { # NAME COMMAND...: starts it in the background and records its process group
  local name=$1
  shift
  setsid "$@" > "$run/$name.log" 2>&1 &
  echo $! > "$run/$name.pid"
}

end() { # NAME: kills its process group, executors included
  local file=$run/$1.pid
  [ -e "$file" ] || return 0
  kill -KILL -- "-$(cat "$file")" 2> /dev/null || true
  rm -f "$file"
}

wait_for() { # FILE TEXT
  for _ in $(seq 120); do
    grep -qs "$2" "$1" && return
    sleep 0.5
  done
  echo "$1 does not say \"$2\" after a minute" >&2
  exit 1
}

case ${1:-} in
  start)
    [ $# -le 3 ] || fail "${*:2}: expected at most WORKERS and MEMORY"
    number WORKERS "${2:-2}"
    [[ ${3:-2g} =~ ^[1-9][0-9]*[mg]$ ]] || fail "MEMORY \"$3\": expected megabytes or gigabytes, such as 512m or 2g"
    runs master && fail "a cluster runs already: stop it first"
    install
    mkdir -p "$run"
    spawn master "${java[@]}" -Xmx512m org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 7077 --webui-port 0
    wait_for "$run/master.log" "I have been elected leader"
    for ((i = 1; i <= ${2:-2}; i++)); do
      spawn "worker$i" "${java[@]}" -Xmx256m org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --cores 1 \
        --memory "${3:-2g}" --webui-port 0 --work-dir "$run/work$i" "$master"
    done
    for ((i = 1; i <= ${2:-2}; i++)); do wait_for "$run/worker$i.log" "Successfully registered"; done
    echo "$master"
    ;;
  submit)
    shift
    [ $# -ge 1 ] || fail "submit: expected a command of the executable jar, such as evaluate --spark ..."
    [ -e "$root/target/afterimage.jar" ] || fail "target/afterimage.jar is missing: mvn package -DskipTests"
    runs master || fail "no cluster runs: start one first"
    read -r -a conf <<< "${SPARK_CONF:-}"
    exec "${java[@]}" -Xmx1g org.apache.spark.deploy.SparkSubmit --master "$master" \
      --conf spark.executor.cores=1 --conf spark.scheduler.minRegisteredResourcesRatio=1.0 --conf spark.ui.enabled=false \
      ${conf[@]+"${conf[@]}"} --class io.github.afterimage.cli.Afterimage "$root/target/afterimage.jar" "$@"
    ;;
  kill-worker)
    number WORKER "${2:-}"
    runs "worker$2" || fail "worker $2 does not run"
    end "worker$2"
    ;;
  stop)
    for file in "$run"/*.pid; do
      [ -e "$file" ] && end "$(basename "$file" .pid)"
    done
    ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
