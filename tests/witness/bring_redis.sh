#!/bin/sh
# Brings redis-server and redis-cli by the system's package manager when the machine has none.
set -eu
if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
    echo "Uji banyak pekerja memerlukan Redis; pasang sebagai root, misalnya: apt-get install redis-server" >&2
    exit 1
fi
if command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq
    # The package would start a service of its own on the usual port.
    printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq redis-server
elif command -v dnf >/dev/null 2>&1; then
    dnf install -y -q redis
elif command -v apk >/dev/null 2>&1; then
    apk add --quiet redis
else
    echo "Tidak ada apt-get, dnf atau apk di sini; pasang Redis dengan pengelola paket sistem." >&2
    exit 1
fi
