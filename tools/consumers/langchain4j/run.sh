#!/bin/bash
# Compares classifiers of intents on CLINC150: run.sh data_oos_plus.json FOLDER
# The file is one of github.com/clinc/oos-eval. The folder keeps the embeddings, 45 MB of features; to make them takes minutes, once.
set -euo pipefail
data=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
cd "$(dirname "$0")/../../.."
tools/consumers/build.sh langchain4j
here=target/consumers/langchain4j
java -cp "$here/langchain4j-1.jar:$here/lib/*" example.Comparison "$data" "$folder"
tools/afterimage measure methods --data "features:$folder/train.safetensors" --tuning "features:$folder/val.safetensors" \
  --test "features:$folder/tested.safetensors" --work "$folder" \
  --methods memory,nearest,means,probe,discriminant
