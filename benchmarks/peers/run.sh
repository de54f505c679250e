#!/usr/bin/env bash
# Installs DuckDB, Polars and chdb in a virtual environment, generates the data, and lets them take turns on one thread.
# What is installed and generated goes to target/peers. Arguments go to run.py: --records 4000000 --rounds 21.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
folder="$here/../../target/peers"
mkdir -p "$folder"
if [ ! -x "$folder/venv/bin/python" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
cargo build --quiet --release --manifest-path "$here/../Cargo.toml" --bin generate
exec "$folder/venv/bin/python" "$here/run.py" --folder "$folder" --generate "$here/../../target/release/generate" "$@"
