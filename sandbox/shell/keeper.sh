#!/usr/bin/env bash
# The keeper of one sandbox: holds its lock, starts it, and removes every trace of it in the end.
#
#   keeper.sh RUN_DIRECTORY        descriptor 3: a socket to the tool
#
# It says `directory`, waits for `g` (go), says `top PID`; then one more byte releases the sandbox from the tool. Until
# that byte the end of the socket, which is the tool's death in whatever form, is the end of the sandbox. If the keeper
# itself is killed, the sandbox dies by the parent-death signal and only files stay, which the next `up` or `down` removes.
set -u
run=$1
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=

remove() {
  if [ -n "$top" ]; then
    # The death of PID 1 takes all; unshare ends after it, when the kernel has reaped the last process.
    # (The file has no newline: `read` fills the variable and fails.)
    local init=
    read -r init _ <"/proc/$top/task/$top/children"
    kill -KILL "${init:-$top}"
    wait "$top"
  fi
  for _ in {1..100}; do
    # Not at once only if unshare was killed by somebody else: then the rest is still dying.
    rm -rf --one-file-system "$run" && break
    sleep 0.05
  done 2>/dev/null
  rm -f "$run.lock"
  rmdir --ignore-fail-on-non-empty "$(dirname "$run")"
}

mkdir -p -m 755 "$(dirname "$run")"
exec 9>"$run.lock"
if ! flock -n 9 || ! [ "$run.lock" -ef /proc/self/fd/9 ]; then
  echo busy >&3
  exit 1
fi
rm -rf --one-file-system "$run"
mkdir -m 700 "$run" "$run/log"
echo $$ >"$run/keeper.pid"

echo directory >&3
IFS= read -r -n 1 word <&3 || word=
if [ "$word" = g ]; then
  setpriv --pdeathsig KILL \
    unshare --pid --fork --kill-child=KILL --mount --mount-proc --net --uts --ipc \
    bash "$here/init.sh" "$run" 9>&- </dev/null >>"$run/log/init.log" 2>&1 &
  top=$!
  echo "$top" >"$run/top.pid"
  echo "top $top" >&3
  if IFS= read -r -n 1 word <&3; then
    exec 3>&-
    wait "$top"
    top=
  fi
fi
remove
