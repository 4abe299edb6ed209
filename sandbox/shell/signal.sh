#!/usr/bin/env bash
# Signals every process here, but PID 1 and itself, whose command line matches.
#
#   signal.sh SIGNAL REGEX         code 3: none does
set -u
hit=3
for dir in /proc/[0-9]*; do
  pid=${dir#/proc/}
  [ "$pid" != 1 ] && [ "$pid" != $$ ] || continue
  # A process may end at any moment.
  mapfile -d '' words 2>/dev/null <"$dir/cmdline" || continue
  if [[ "${words[*]}" =~ $2 ]]; then kill "-$1" "$pid" && hit=0; fi
done 2>/dev/null
exit "$hit"
