#!/usr/bin/env bash
# The power supply of a node, as ipmi_sim calls it. Fast and idempotent: the simulator may run it several times.
#
#   power.sh NODE get power            prints power:1 or power:0
#   power.sh NODE set power 0|1
#   power.sh NODE set reset 1
#   power.sh NODE set shutdown 1       the soft one: there is no operating system to ask, so it is refused
set -u
node=$1
dir=/run/sandbox/nodes/$node

running() { [ -e "$dir/power.pid" ] && [ -d "/proc/$(cat "$dir/power.pid")" ]; }

off() {
  # The link first: no peer may learn of the death by a closed connection.
  ip link set "v-$node" down
  if running; then
    local pid init=
    pid=$(cat "$dir/power.pid")
    # The file has no newline: `read` fills the variable and fails. Empty: unshare has not come to its fork yet.
    read -r init _ <"/proc/$pid/task/$pid/children"
    kill -KILL "${init:-$pid}"
    # unshare ends when the kernel has reaped the last process of the node.
    timeout 10 tail --pid="$pid" -s 0.01 -f /dev/null || return 1
  fi
  rm -f "$dir/power.pid"
}

on() {
  running && return 0
  [ -e "$dir/unplugged" ] || ip link set "v-$node" up
  setsid ip netns exec "$node" \
    unshare --mount --uts --ipc --pid --fork --kill-child=KILL --mount-proc \
    bash /run/sandbox/bin/node.sh "$node" </dev/null >>"/run/sandbox/log/$node.log" 2>&1 &
  echo $! >"$dir/power.pid"
}

# What the simulator has open must not live on in the node.
for fd in /proc/self/fd/*; do
  fd=${fd##*/}
  [ "$fd" -le 2 ] || eval "exec $fd>&-"
done
exec 8>"$dir/power.lock"
flock 8
case "$2 $3 ${4:-}" in
  'get power '*) running && echo power:1 || echo power:0 ;;
  'set power 0') off 8>&- ;;
  'set power 1') on 8>&- ;;
  'set reset 1') off 8>&- && on 8>&- ;;
  *) exit 1 ;;
esac
