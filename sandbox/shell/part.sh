#!/usr/bin/env bash
# One long-lived program of the sandbox, in the mount namespace where this runs.
#
#   part.sh start NAME             runs /run/sandbox/parts/NAME in the background; does nothing when it runs
#   part.sh signal NAME SIGNAL     and, for KILL, waits until it is gone
#   part.sh states                 one line per part that was ever started here: NAME PID STATE, state as in proc(5), - gone
set -u

pid_of() { cat "/run/parts/$1.pid" 2>/dev/null; }
state_of() {
  local stat
  if [ -n "$1" ] && read -r stat <"/proc/$1/stat"; then
    stat=${stat##*) }
    [ "${stat%% *}" = Z ] && echo - || echo "${stat%% *}"
  else
    echo -
  fi 2>/dev/null
}

case $1 in
  start)
    [ "$(state_of "$(pid_of "$2")")" = - ] || exit 0
    setsid bash "/run/sandbox/parts/$2" 3>&- </dev/null >>"/run/sandbox/log/$2.log" 2>&1 &
    echo $! >"/run/parts/$2.pid"
    ;;
  signal)
    pid=$(pid_of "$2")
    if [ "$(state_of "$pid")" = - ]; then
      echo "$2 is not running" >&2
      exit 3
    fi
    kill "-$3" "$pid"
    [ "$3" != KILL ] || timeout 10 tail --pid="$pid" -s 0.02 -f /dev/null
    ;;
  states)
    for file in /run/parts/*.pid; do
      [ -e "$file" ] || continue
      name=$(basename "$file" .pid)
      pid=$(pid_of "$name")
      echo "$name $pid $(state_of "$pid")"
    done
    ;;
esac
