#!/usr/bin/env bash
# Prints what a ZooKeeper server says of itself.
#
#   zk-mode.sh ADDRESS
exec 3<>"/dev/tcp/$1/2181" || exit 1
echo srvr >&3
timeout 2 cat <&3
