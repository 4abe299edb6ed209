#!/bin/busybox sh
# The chain of init.sh. Files below /run are in memory.
BOOT=$(tr -d - </proc/sys/kernel/random/uuid)
NONE=0000000000000000000000000000000000000000000000000000000000000000
DISKS=$(cd /sys/class/block && ls -d vd[a-z])
PERIOD=10 # hundredths of a second

# limit DISK: the first sector that is not the chain's.
limit() {
  if [ -e "/sys/class/block/${1}2/start" ]; then cat "/sys/class/block/${1}2/start"; else cat "/sys/class/block/$1/size"; fi
}

# record DISK K: reads sector K into /run/record; true when it is record K.
record() {
  dd if="/dev/$1" of=/run/record bs=512 skip="$2" count=1 iflag=direct 2>/dev/null
  read -r word k _ </run/record 2>/dev/null && [ "$word" = drover-chain ] && [ "$k" = "$2" ]
}

# last DISK: the number of its last record, 0 when it has none. Records are without a gap, so halving finds the end.
last() {
  local low=0 high middle
  high=$(limit "$1")
  while [ $((high - low)) -gt 1 ]; do
    middle=$(((low + high) / 2))
    if record "$1" "$middle"; then low=$middle; else high=$middle; fi
  done
  echo "$low"
}

# put DISK K: writes /run/record to sector K.
put() {
  dd if=/run/record of="/dev/$1" bs=512 seek="$2" count=1 oflag=direct conv=notrunc,fsync 2>/run/error && return
  echo "drover-guest: $1: sector $2 cannot be written: $(tail -n 1 /run/error)"
  return 1
}

# The first disk is written first: any other may lack its newest record, and gets it now; none may be ahead.
K=$(last vda)
LIMIT=$(limit vda)
for disk in $DISKS; do
  [ "$disk" != vda ] || continue
  at=$(last "$disk")
  [ "$at" -le "$K" ] || echo "drover-guest: $disk is ahead: $at of $K"
  while [ "$at" -lt "$K" ]; do
    at=$((at + 1))
    record vda "$at" && put "$disk" "$at"
  done
  end=$(limit "$disk")
  [ "$end" -ge "$LIMIT" ] || LIMIT=$end
done
HASH=$NONE
if [ "$K" -gt 0 ]; then
  record vda "$K"
  HASH=$(sha256sum </run/record)
  HASH=${HASH%% *}
fi
K=$((K + 1))
echo "drover-guest: boot at $K boot $BOOT previous $HASH"

hundredths() {
  read -r up _ </proc/uptime
  NOW=${up%.*}${up#*.}
}

hundredths
NEXT=$NOW
while [ "$K" -lt "$LIMIT" ]; do
  if [ -e /run/freeze ]; then
    : >/run/frozen
    while [ -e /run/freeze ]; do sleep 0.05; done
    rm -f /run/frozen
  fi
  printf '%-511s\n' "drover-chain $K $BOOT $HASH" >/run/record
  for disk in $DISKS; do
    until put "$disk" "$K"; do sleep 1; done
  done
  HASH=$(sha256sum </run/record)
  HASH=${HASH%% *}
  echo "drover-guest: record $K $HASH"
  K=$((K + 1))
  NEXT=$((NEXT + PERIOD))
  hundredths
  rest=$((NEXT - NOW))
  # Late by more than a period, e.g. after a pause: no burst to make up for it.
  if [ "$rest" -gt 0 ]; then sleep "0.$(printf %02d "$rest")"; else NEXT=$NOW; fi
done
echo "drover-guest: the chain is full at $K"
exec sleep 2147483647
