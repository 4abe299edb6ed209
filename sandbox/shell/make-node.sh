#!/usr/bin/env bash
# Makes what a node keeps over a power cycle: its own /etc, a copy of this machine's without its secrets, and its /var.
#
#   make-node.sh NODE
set -eu
dir=/run/sandbox/nodes/$1
mkdir -p "$dir"/etc "$dir"/var/{lib/libvirt,lib/drover,log/libvirt,cache/libvirt,tmp}
ln -s /run "$dir/var/run"
ln -s /run/lock "$dir/var/lock"
cp -a /etc/. "$dir/etc"
rm -rf "$dir"/etc/{shadow*,gshadow*,ssh,libvirt,ceph,drover}
