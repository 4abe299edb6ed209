#!/usr/bin/env bash
# Runs a command on a host of the sandbox: a node's own namespaces, or the network namespace of any other host.
#
#   enter.sh HOST COMMAND …        113: the node is off
set -u
host=$1
shift
if ! [ -d "/run/sandbox/nodes/$host" ]; then
  exec ip netns exec "$host" "$@"
fi
pid=$(cat "/run/sandbox/nodes/$host/power.pid" 2>/dev/null)
if [ -z "$pid" ] || ! [ -e "/proc/$pid/ns/pid_for_children" ]; then
  echo "$host is off" >&2
  exit 113
fi
ns=/proc/$pid/ns
# nsenter forks for the process namespace: the command must not outlive it.
exec nsenter --mount="$ns/mnt" --net="$ns/net" --uts="$ns/uts" --ipc="$ns/ipc" --pid="$ns/pid_for_children" \
  -- setpriv --pdeathsig KILL "$@"
