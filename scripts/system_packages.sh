#!/bin/sh
# Installs the missing packages of system-packages.txt where the user is root on a Debian-like
# system; elsewhere names them in one line and goes on, for most environments need none.
set -eu

list=${1:-$(dirname "$0")/../system-packages.txt}

missing=
for package in $(sed 's/#.*//' "$list"); do
    state=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    # Unquoted on purpose: one word a package.
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
else
    echo "Some environments need system packages; as root: apt-get install$missing" >&2
fi
