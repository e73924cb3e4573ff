#!/bin/bash
# Compares classifiers of intents on CLINC150: run.sh data_oos_plus.json, a file of github.com/clinc/oos-eval. Takes an hour on two cores.
set -euo pipefail
data=$(realpath "$1")
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh langchain4j
here=target/consumers/langchain4j
java -cp "$here/langchain4j-1.jar:$here/lib/*" example.Comparison "$data"
