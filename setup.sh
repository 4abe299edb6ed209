#!/usr/bin/env bash
# Makes this checkout ready to build, test and demonstrate: Debian packages, npm packages, dist/. Idempotent: says what
# it does, and takes seconds when nothing is missing. Called by `npm test`, `npm run demo` and the others on their own.
#
#   setup.sh [--quiet]    --quiet speaks only when something has to be done
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

QUIET=${1:-}
say() { printf 'setup: %s\n' "$*"; }
note() { [ "$QUIET" = --quiet ] || say "$@"; }

# program or file that shows it is there : Debian package
NEEDED='
/usr/share/java/zookeeper.jar:zookeeper
java:default-jre-headless
ceph-mon:ceph-mon
ceph-mgr:ceph-mgr
ceph-osd:ceph-osd
rbd:ceph-common
libvirtd:libvirt-daemon-system
virsh:libvirt-clients
/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so:libvirt-daemon-driver-qemu
qemu-system-x86_64:qemu-system-x86
/usr/lib/x86_64-linux-gnu/qemu/block-rbd.so:qemu-block-extra
fio:fio
ipmitool:ipmitool
ipmi_sim:openipmi
busybox-static@dpkg:busybox-static
openssl:openssl
qemu-ga:qemu-guest-agent
linux-image-cloud-amd64@dpkg:linux-image-cloud-amd64
ip:iproute2
nft:nftables
mkfs.ext4:e2fsprogs
/usr/lib/python3/dist-packages/kazoo/__init__.py:python3-kazoo
'

present() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *@dpkg) dpkg-query -W -f '${Status}' "${1%@dpkg}" 2>/dev/null | grep -q 'install ok installed' ;;
    *) PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null ;;
  esac
}

debian_packages() {
  local missing=() line
  for line in $NEEDED; do
    present "${line%%:*}" || missing+=("${line#*:}")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    note 'Debian packages: all there'
    return
  fi
  if [ "$(id -u)" -ne 0 ]; then
    say "these Debian packages are missing, and only root can install them: ${missing[*]}" >&2
    exit 1
  fi
  say "Debian packages: installing ${missing[*]}"
  local log
  log=$(mktemp)
  # No service of these packages may start here: the sandbox starts its own.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    made=1
  fi
  local rc=0
  {
    apt-get -q update &&
      DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}"
  } >"$log" 2>&1 || rc=$?
  [ -z "$made" ] || rm -f "$policy"
  if [ "$rc" -ne 0 ]; then
    tail -n 20 "$log" >&2
    say "apt-get failed (code $rc); its whole log is $log" >&2
    exit 1
  fi
  rm -f "$log"
}

# npm_packages DIR: what package-lock.json asks for is there, or `npm ci` brings it.
npm_packages() {
  local dir=$1 stamp
  stamp="$dir/node_modules/.drover-lock"
  if [ -e "$stamp" ] && cmp -s "$dir/package-lock.json" "$stamp"; then
    note "npm packages of $dir: all there"
    return
  fi
  say "npm packages of $dir: npm ci"
  (cd "$dir" && npm ci --no-audit --no-fund --loglevel=error)
  cp "$dir/package-lock.json" "$stamp"
}

# The runner is put together from its plugins, as .taprc says; without this the first run would go without it, and slower.
test_runner() {
  [ -e .tap/plugins/package.json ] && return
  note 'tap: its plugins'
  npx --no-install tap build >/dev/null
}

build() {
  local sources newest
  sources=(lib schemas cli daemon sandbox bench test tsconfig.json package.json)
  newest=$(find "${sources[@]}" -path '*/node_modules' -prune -o -type f -newer dist/.built -print -quit 2>/dev/null || true)
  if [ -e dist/.built ] && [ -z "$newest" ]; then
    note 'build: up to date'
    return
  fi
  note 'build: tsc'
  # What a source no longer makes must not stay behind and be run.
  rm -rf dist
  npx --no-install tsc -p tsconfig.json
  touch dist/.built
}

node -e '
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`setup: Node ${process.versions.node} is too old: Drover needs 20.19 or newer`);
    process.exit(1);
  }
'
debian_packages
npm_packages .
npm_packages test/node24
test_runner
build
