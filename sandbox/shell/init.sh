#!/usr/bin/env bash
# PID 1 of a sandbox: makes its private /run, its bridge and its hosts, then reaps.
#
#   init.sh RUN_DIRECTORY          descriptor 3: the keeper's socket to the tool, told `ready` or `failed`
#
# Inside, the run directory is always /run/sandbox: no socket path depends on where the checkout lies.
# RUN_DIRECTORY/hosts has one line per host: NAME ADDRESS. RUN_DIRECTORY/bmc.addresses: one address per line.
set -eu
trap 'echo "failed in line $LINENO of init.sh" >&3' ERR

mount --make-rprivate /
cd "$1"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sandbox /run/netns /run/lock /run/parts
mount --no-canonicalize --bind . /run/sandbox
cd /run/sandbox
mount -t sysfs sysfs /sys
mount --bind hosts.etc /etc/hosts
hostname sandbox

ip link set lo up
ip link add br0 type bridge mcast_snooping 0
ip addr add 198.18.0.1/15 dev br0
ip link set br0 up
while read -r address; do ip addr add "$address/15" dev br0; done <bmc.addresses
nft -f bin/partition.nft

plug() {
  ip netns add "$1"
  ip link add "v-$1" type veth peer name eth0 netns "$1"
  ip link set "v-$1" master br0 up
  ip -n "$1" link set lo up
  ip -n "$1" addr add "$2/15" dev eth0
  ip -n "$1" link set eth0 up
}
while read -r name address; do plug "$name" "$address"; done <hosts

trap - ERR
echo ready >&3
exec 3>&-
# Everything that loses its parent becomes a child of PID 1; bash reaps whatever ends while it waits.
while :; do
  sleep infinity &
  wait $!
done
