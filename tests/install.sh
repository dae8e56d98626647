#!/usr/bin/env bash
# What the tests need from the system: PostgreSQL, Chromium, and the real tools we are tested
# against. Installs what is missing with apt where it may, and says clearly what it could not get.
set -u
packages=()
need() { # a way to find it, the package that brings it
  eval "$1" >/dev/null 2>&1 || packages+=("$2")
}
need 'command -v chromium || command -v chromium-browser || command -v google-chrome' chromium
need 'ls /usr/lib/postgresql/*/bin/initdb || ls /usr/pgsql-*/bin/initdb' postgresql
need 'command -v prometheus' prometheus
need 'command -v prometheus-alertmanager' prometheus-alertmanager
need 'command -v prometheus-blackbox-exporter' prometheus-blackbox-exporter
need 'command -v prometheus-node-exporter' prometheus-node-exporter
need 'command -v prometheus-pushgateway' prometheus-pushgateway
need 'command -v openssl' openssl
need 'command -v node' nodejs
need 'command -v npm' npm
need 'fc-list :lang=ar | grep -q .' fonts-noto-core

if [ ${#packages[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo -n)
  if command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }; then
    # Debian starts services when it installs them; these are for tests alone, so forbid it meanwhile
    made=
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee /usr/sbin/policy-rc.d >/dev/null &&
        "${as_root[@]}" chmod 755 /usr/sbin/policy-rc.d && made=1
    fi
    echo "installing ${packages[*]}"
    "${as_root[@]}" apt-get update -qq >/dev/null 2>&1
    for package in "${packages[@]}"; do
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
        echo "could not install $package: tests that need it are skipped and say so"
    done
    [ -z "$made" ] || "${as_root[@]}" rm -f /usr/sbin/policy-rc.d
  else
    echo "missing ${packages[*]}: install them as root; tests that need them are skipped and say so"
  fi
fi
exit 0
