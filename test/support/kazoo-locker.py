"""One client of Kazoo with one lock, told what to do line by line on stdin: the other side of the lock tests.

usage: kazoo-locker.py HOST:PORT PATH exclusive|write|read

acquire          waits for the lock                 -> acquired
try              takes it only if it is free        -> taken | refused
set TEXT         writes the key                     -> set
contenders       lists their data, first in line    -> JSON list
release          gives the lock back                -> released
"""

import json
import sys
import uuid

from kazoo.client import KazooClient

hosts, path, kind = sys.argv[1:]
client = KazooClient(hosts=hosts, timeout=2)
client.start(timeout=20)
kinds = {"exclusive": client.Lock, "write": client.WriteLock, "read": client.ReadLock}
lock = kinds[kind](path, str(uuid.uuid1()))

for line in sys.stdin:
    word, _, text = line.strip().partition(" ")
    if word == "acquire":
        lock.acquire(timeout=60)
        answer = "acquired"
    elif word == "try":
        answer = "taken" if lock.acquire(blocking=False) else "refused"
    elif word == "set":
        client.set(path, text.encode())
        answer = "set"
    elif word == "contenders":
        answer = json.dumps(lock.contenders())
    elif word == "release":
        lock.release()
        answer = "released"
    else:
        raise SystemExit(f"not understood: {line!r}")
    print(answer, flush=True)
