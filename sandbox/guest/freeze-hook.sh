#!/bin/busybox sh
# Called by qemu-ga: after `freeze` no record is written until `thaw`.
case $1 in
  freeze)
    : >/run/freeze
    tries=100
    until [ -e /run/frozen ]; do
      tries=$((tries - 1))
      [ "$tries" -gt 0 ] || exit 1
      sleep 0.05
    done
    ;;
  thaw) rm -f /run/freeze ;;
esac
