import t from 'tap';
import { LIMITS } from '../../../lib/core/index.js';

void t.test('every limit is a positive integer and says its unit', (t) => {
  for (const [name, value] of Object.entries(LIMITS)) {
    t.ok(Number.isSafeInteger(value) && value > 0, `${name} is ${value}`);
    t.match(name, /(Ms|Bytes|Operations|InFlight|Count|Reads)$/);
  }
  t.end();
});

type Limit = keyof typeof LIMITS;

/** What must be less than what, and why. */
const LESS: readonly [Limit, Limit, string][] = [
  ['commandGraceMs', 'commandMs', 'a command is ended within less than it may run'],
  ['commandMs', 'pipeDrainMs', 'what drains may take longer than a control command'],
  ['messageBytes', 'commandOutputBytes', 'a message quotes a part of the output'],
  [
    'storeValueBytes',
    'storeTransactionBytes',
    'a transaction holds the largest value and something beside it',
  ],
  ['storeValueBytes', 'fileBytes', 'what the store holds can be remembered in a file'],
  ['storeReconnectFirstMs', 'storeReconnectLastMs', 'pauses grow'],
  ['storeReconnectLastMs', 'storeSessionMs', 'a session outlives the longest pause between two attempts'],
  ['storeWatchReadsInFlight', 'storeInFlight', 'watches leave room for other calls'],
  ['storeTransactionBytes', 'storeFrameBytes', 'what was written can be read'],
  ['storeSessionMs', 'storeCallMs', 'a read outlives the expiry of a session'],
  ['epochCheckAgeMs', 'storeSessionMs', 'an epoch is checked within the life of its session'],
  ['foreignLockMs', 'storeCallMs', 'a call waits for a foreign lock within its own time'],
  ['storeSessionMs', 'handoverMs', 'a hand-over outlives the session of the one that hands over'],
  ['ipmiCallMs', 'powerOffConfirmedMs', 'a power-off is asked about more than once'],
  ['freezeMs', 'libvirtCallMs', 'a freeze ends before the call that asks for it'],
  ['clientConnectMs', 'clientCallMs', 'a connection leaves time for the answer'],
  ['clientCallMs', 'clientWaitMs', 'what waits for a state has more time'],
  ['clientWatchFirstMs', 'clientWatchLastMs', 'pauses grow'],
  ['clientCallMs', 'clientLostMs', 'one call that is not answered does not end a watch'],
  ['storeValueBytes', 'apiBodyBytes', 'a definition of the largest size can be sent'],
  ['migrationStallMs', 'migrationMs', 'a migration may stall and go on'],
];

for (const [small, large, why] of LESS) {
  void t.test(`${small} < ${large}: ${why}`, (t) => {
    t.ok(LIMITS[small] < LIMITS[large], `${LIMITS[small]} < ${LIMITS[large]}`);
    t.end();
  });
}

void t.test('a transaction fits into the packet of the server, with its paths and heads', (t) => {
  t.ok(LIMITS.storeTransactionBytes + 100 * LIMITS.storeTransactionOperations < 1_048_575);
  t.end();
});

void t.test('nothing temporary that a limit allows outlives quiet time', (t) => {
  t.ok(LIMITS.commandMs + 2 * LIMITS.commandGraceMs < LIMITS.quietMs);
  t.end();
});
