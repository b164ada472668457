#!/bin/sh
# Makes .venv from uv.lock. Brings uv into .tools when the machine has none. Run from the top of the clone.
set -eu

fail() { echo "hadir: $1" >&2; exit 1; }

python=""
for candidate in python3 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
        python=$(command -v "$candidate")
        break
    fi
done
[ -n "$python" ] || fail "butuh Python 3.11, 3.12 atau 3.13; pasang salah satunya lalu ulangi."

free_kb=$(df -Pk . | awk 'NR == 2 {print $4}')
[ "$free_kb" -gt 3000000 ] || fail "ruang disk kurang: butuh 3 GB bebas di sini, ada $((free_kb / 1024)) MB."

if uv=$(command -v uv); then :; else
    uv=.tools/bin/uv
    if [ ! -x "$uv" ]; then
        echo "Mengambil uv ke .tools ..." >&2
        "$python" -m venv .tools || fail "modul venv tidak ada; pasang paket python3-venv."
        .tools/bin/pip install --quiet --disable-pip-version-check "uv==0.13.9"
    fi
fi

echo "Memasang lingkungan dari uv.lock ..." >&2
"$uv" sync --quiet --locked --compile-bytecode --no-python-downloads --python "$python"
touch .venv/ready
