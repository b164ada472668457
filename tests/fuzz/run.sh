#!/bin/sh
# Fuzzes each decoder for FUZZ_SECONDS (60) with atheris; FUZZ_TARGETS names some. Finds and corpora lie in var/fuzz.
set -eu
cd "$(dirname "$0")/../.."
runtime=var/fuzz/runtime
if [ ! -d "$runtime/atheris" ]; then
    echo "Mengambil atheris ke $runtime ..." >&2
    python=$(.venv/bin/python -c 'import sys; print(sys.base_prefix + "/bin/python3")')
    "$python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --target "$runtime" "atheris==3.0.0"
fi
targets=${FUZZ_TARGETS:-zk8a zk8b zk16 zk40 zk49 layout users attlog export pushed soap stream datagrams oplog}
# Two at a time; xargs fails when one of them found something.
echo "$targets" | tr ' ' '\n' | xargs -P 2 -I{} sh -c '
    mkdir -p "var/fuzz/{}"
    PYTHONPATH="var/fuzz/runtime" .venv/bin/python tests/fuzz/run.py "{}" "var/fuzz/{}" -max_len=4096 \
        -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -artifact_prefix="var/fuzz/{}-" -verbosity=0 \
        > "var/fuzz/{}.log" 2>&1 || { cat "var/fuzz/{}.log"; exit 255; }
'
echo "Tidak ada temuan." >&2
