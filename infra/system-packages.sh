#!/usr/bin/env bash
# What Ingot uses beside Python: bubblewrap, in which untrusted programs run; and for tests a browser
# and a real S3 server. On Debian as root they are installed where missing; elsewhere the tests that
# need them fall back (moto for S3) or skip and say so, and programs are not run at all.
set -u
declare -A needed=([bwrap]=bubblewrap [chromium]=chromium [radosgw]=radosgw [ceph-mon]=ceph-mon [ceph-osd]=ceph-osd)
missing=()
for program in "${!needed[@]}"; do
  command -v "$program" >/dev/null 2>&1 || missing+=("${needed[$program]}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "system packages: all here"
elif [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "system packages: ${missing[*]} missing and not installable here; some tests fall back or skip"
else
  echo "system packages: installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -q && apt-get install -y -q --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1; then
    echo "system packages: apt-get failed; some tests fall back or skip"
  fi
fi
support="$(dirname "$0")/../tests/support"
if [ -d "$support/node_modules/axe-core" ]; then
  echo "axe-core: here"
elif ! command -v npm >/dev/null 2>&1 || ! npm ci --prefix "$support" --ignore-scripts --no-audit --no-fund >/dev/null 2>&1; then
  echo "axe-core: not installable here (needs npm); tests of accessibility skip"
fi
exit 0
