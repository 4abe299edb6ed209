#!/bin/busybox sh
# PID 1 of the sandbox's guest. It writes record k to sector k of every disk, direct and flushed, prints it on the
# console, and after a boot goes on where the disk ends. chain.ts checks the disk and the console.
#
# A record is 512 bytes of text, padded with spaces to its final newline: `drover-chain K BOOT PREVIOUS`. BOOT is fresh at
# each boot, so that two runs never write the same record; PREVIOUS is the SHA-256 of the whole sector before, zeroes
# for the first. Sector 0 is the partition table's, so k begins at 1. A disk's chain ends where its second partition
# begins, if it has one: a small file system for the guest agent to freeze.
PATH=/bin:/sbin
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir -p /run /var/run /var/log /data
ln -sf /proc/self/mounts /etc/mtab
for module in $(cat /modules/order); do
  insmod "/modules/$module.ko" || echo "drover-guest: module $module is missing"
done
[ -c /dev/ttyS0 ] && : 2>/dev/null >/dev/ttyS0 && exec >/dev/ttyS0 2>&1

mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
  [ -e "$port/name" ] && ln -s "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done
if [ -e /dev/virtio-ports/org.qemu.guest_agent.0 ]; then
  qemu-ga -d -m virtio-serial -p /dev/virtio-ports/org.qemu.guest_agent.0 --fsfreeze-hook=/sbin/freeze-hook
fi
acpid

[ -b /dev/vda ] || { echo 'drover-guest: no disk'; exec sleep 2147483647; }
if [ -b /dev/vda2 ]; then mount -t ext4 /dev/vda2 /data || echo 'drover-guest: /dev/vda2 cannot be mounted'; fi
exec sh /sbin/chain
