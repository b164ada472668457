#!/bin/sh
# Brings Metabase's command line and validator by npm, at the locked versions, to var/witness-node; Node and npm by the
# system's package manager when the machine has none. Both packages are AGPL: they are used here, never kept or shipped.
set -eu
here=$(dirname "$0")/node
there=var/witness-node
if ! command -v npm >/dev/null 2>&1; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "Uji saksi Metabase memerlukan Node dan npm; pasang sebagai root, misalnya: apt-get install nodejs npm" >&2
        exit 1
    fi
    if command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm
    elif command -v dnf >/dev/null 2>&1; then
        dnf install -y -q nodejs npm
    elif command -v apk >/dev/null 2>&1; then
        apk add --quiet nodejs npm
    fi
fi
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 6) ? 0 : 1)'; then
    echo "Uji saksi Metabase memerlukan Node 20.6 atau lebih baru; di sini: $(node --version 2>/dev/null || echo tidak ada)" >&2
    exit 1
fi
if ! cmp -s "$here/package-lock.json" "$there/installed-lock.json"; then
    rm -rf "$there"
    mkdir -p "$there"
    cp "$here/package.json" "$here/package-lock.json" "$there"
    (cd "$there" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$here/package-lock.json" "$there/installed-lock.json" # last: a cut install is not taken for a whole one
fi
