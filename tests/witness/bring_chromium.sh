#!/bin/sh
# Brings Chromium by the system's package manager when the machine has none. The name differs between systems.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    echo "Uji peramban memerlukan Chromium; pasang sebagai root, misalnya: apt-get install chromium" >&2
    exit 1
fi
if command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium
elif command -v dnf >/dev/null 2>&1; then
    dnf install -y -q chromium
elif command -v apk >/dev/null 2>&1; then
    apk add --quiet chromium
else
    echo "Tidak ada apt-get, dnf atau apk di sini; pasang Chromium dengan pengelola paket sistem." >&2
    exit 1
fi
