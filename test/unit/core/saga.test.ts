import t from 'tap';
import {
  type Acts,
  CUTS,
  DroverError,
  runSaga,
  type SagaMachine,
  sagaKillPoints,
} from '../../../lib/core/index.js';

type Cursor = 'prepare' | 'move' | 'activate' | 'done' | 'abandoned';
type Final = 'done' | 'abandoned';
type Event = 'ok' | 'refused' | 'again';
interface Saga {
  readonly id: string;
  readonly cursor: Cursor;
  readonly tries: number;
}

const NEXT: Readonly<Record<Exclude<Cursor, Final>, Cursor>> = {
  prepare: 'move',
  move: 'activate',
  activate: 'done',
};

const begun: Saga = { id: 's1', cursor: 'prepare', tries: 0 };
const { signal } = new AbortController();

/** A saga that writes down what happens, over a record that moves by compare-and-set. */
function recorder(events: Partial<Record<Cursor, Event[]>> = {}) {
  const log: string[] = [];
  const record: { saga: Saga } = { saga: begun };
  const act = (cursor: Exclude<Cursor, Final>) => (saga: Saga) => {
    log.push(`act ${cursor}`);
    t.equal(saga.cursor, cursor);
    return Promise.resolve(events[cursor]?.shift() ?? 'ok');
  };
  const machine: SagaMachine<Cursor, Final, Saga, Event> = {
    name: 'promote',
    final: ['done', 'abandoned'],
    acts: { prepare: act('prepare'), move: act('move'), activate: act('activate') },
    next: (saga, event) => {
      if (event === 'again') return saga.tries < 2 ? { ...saga, tries: saga.tries + 1 } : saga;
      if (event === 'refused') return { ...saga, cursor: 'abandoned' };
      return { ...saga, cursor: NEXT[saga.cursor as Exclude<Cursor, Final>] };
    },
    save: (from, to) => {
      if (record.saga !== from)
        return Promise.reject(new DroverError('STORE_CONFLICT', { object: 's1', reason: 'it moved' }));
      record.saga = to;
      log.push(`save ${to.cursor} ${to.tries}`);
      return Promise.resolve();
    },
  };
  return { log, record, machine };
}

void t.test('the record moves before anything of the next cursor happens', async (t) => {
  const { log, record, machine } = recorder();
  const last = await runSaga(machine, begun, signal);
  t.same(log, ['act prepare', 'save move 0', 'act move', 'save activate 0', 'act activate', 'save done 0']);
  t.match(last, { id: 's1', cursor: 'done' });
  t.equal(last, record.saga, 'what is returned is what was saved');
});

void t.test('it goes on from whatever cursor the record stands at', async (t) => {
  const all = ['prepare', 'move', 'activate'] as const;
  for (const [at, cursor] of all.entries()) {
    const { log, record, machine } = recorder();
    record.saga = { ...begun, cursor };
    await runSaga(machine, record.saga, signal);
    t.same(
      log.filter((line) => line.startsWith('act')),
      all.slice(at).map((name) => `act ${name}`),
    );
  }
});

void t.test('a final record is returned untouched, every final one', async (t) => {
  for (const cursor of ['done', 'abandoned'] as const) {
    const { log, machine } = recorder();
    const saga: Saga = { ...begun, cursor };
    t.equal(await runSaga(machine, saga, signal), saga);
    t.same(log, []);
  }
});

void t.test('an event can lead to another end', async (t) => {
  const { log, machine } = recorder({ move: ['refused'] });
  t.match(await runSaga(machine, begun, signal), { cursor: 'abandoned' });
  t.notMatch(log, /activate/);
});

void t.test('a record that an event does not change is not saved, and its act is done again', async (t) => {
  const { log, machine } = recorder({ move: ['again', 'again', 'again', 'ok'] });
  await runSaga(machine, begun, signal);
  t.same(log.slice(2, -2), [
    'act move',
    'save move 1',
    'act move',
    'save move 2',
    'act move', // The third 'again' changes nothing.
    'act move',
    'save activate 2',
  ]);
});

void t.test('a failing act leaves the record where it stands, and a later run goes on there', async (t) => {
  const { log, record, machine } = recorder();
  const failure = new Error('the peer is away');
  const failing = { ...machine, acts: { ...machine.acts, move: () => Promise.reject<Event>(failure) } };
  await t.rejects(runSaga(failing, begun, signal), failure);
  t.match(record.saga, { cursor: 'move' });
  log.length = 0;
  await runSaga(machine, record.saga, signal);
  t.equal(log[0], 'act move');
  t.match(record.saga, { cursor: 'done' });
});

void t.test('a record that another moved ends the run before the next act', async (t) => {
  const { log, record, machine } = recorder();
  record.saga = { ...begun, cursor: 'move' };
  await t.rejects(runSaga(machine, begun, signal), { code: 'STORE_CONFLICT' });
  t.same(log, ['act prepare']);
  t.match(record.saga, { cursor: 'move' }, 'the other’s record stands');
});

void t.test('an abort is seen before each act, and acts get the signal', async (t) => {
  const controller = new AbortController();
  const { log, record, machine } = recorder();
  const move = (_: Saga, given: AbortSignal) => {
    t.equal(given, controller.signal);
    controller.abort(new Error('closed'));
    return Promise.resolve<Event>('ok');
  };
  const aborting = { ...machine, acts: { ...machine.acts, move } };
  await t.rejects(runSaga(aborting, begun, controller.signal), { message: 'closed' });
  t.same(log, ['act prepare', 'save move 0', 'save activate 0'], 'what was done is saved, no more is begun');
  t.match(record.saga, { cursor: 'activate' });
});

void t.test('killed at any cut, a second run comes to the same end', async (t) => {
  const points = sagaKillPoints(recorder().machine);
  t.equal(points.length, 3 * CUTS.length);
  for (const point of points) {
    const { log, record, machine } = recorder();
    const killPoint = (name: string) => {
      if (name === point) throw new Error('killed');
    };
    await t.rejects(runSaga({ ...machine, killPoint }, begun, signal), { message: 'killed' });
    await runSaga(machine, record.saga, signal);
    t.match(record.saga, { cursor: 'done' }, point);
    const acts = log.filter((line) => line.startsWith('act'));
    // Killed between act and save, the act is done once more: that is why acts are idempotent.
    t.equal(acts.length, point.endsWith('/guarded') ? 4 : 3, point);
  }
});

void t.test('the listing of kill points is what a run announces', async (t) => {
  const announced: string[] = [];
  const { machine } = recorder();
  await runSaga({ ...machine, killPoint: (name) => void announced.push(name) }, begun, signal);
  t.same(announced, sagaKillPoints(machine));
  t.equal(announced[0], 'promote/prepare/before');
});

void t.test('a cursor without an act does not compile, nor an act of a final one', (t) => {
  const ok = () => Promise.resolve<Event>('ok');
  // @ts-expect-error: the act of `activate` is missing
  const missing: Acts<Cursor, Final, Saga, Event> = { prepare: ok, move: ok };
  // @ts-expect-error: `done` is final
  const final: Acts<Cursor, Final, Saga, Event> = { prepare: ok, move: ok, activate: ok, done: ok };
  t.notOk('activate' in missing);
  t.ok('done' in final);
  t.end();
});
