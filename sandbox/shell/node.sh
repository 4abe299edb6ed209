#!/usr/bin/env bash
# PID 1 of a node: its own /run (empty at each power-on), /etc and /var, a fresh boot id, its parts; then reaps.
#
#   node.sh NAME
set -eu
name=$1
dir=/run/sandbox/nodes/$name

mount --make-rprivate /
mount --bind "$dir/etc" /etc
mount --bind "$dir/var" /var
mkdir -p /run/new
mount -t tmpfs -o mode=755 tmpfs /run/new
mkdir -p /run/new/{sandbox,parts,lock,drover,libvirt}
mount --bind /run/sandbox /run/new/sandbox
# Without its notes below /run, which has just changed under its feet.
mount --no-mtab --move /run/new /run
hostname "$name"
cat /proc/sys/kernel/random/uuid >/run/drover/boot-id

while read -r part; do bash /run/sandbox/bin/part.sh start "$part"; done <"$dir/parts"
while :; do
  sleep infinity &
  wait $!
done
