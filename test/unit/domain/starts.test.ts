import t from 'tap';
import { Starts } from '../../../lib/domain/starts.js';

void t.test('N28: only so many VMs of a node start at once, those of the lowest order first', (t) => {
  const starts = new Starts(2);
  const woken: string[] = [];
  const enter = (uuid: string, order = 0) => starts.enter(uuid, order, () => woken.push(uuid));
  t.ok(enter('a'));
  t.ok(enter('b', 5));
  t.notOk(enter('late', 9));
  t.notOk(enter('early', 1));
  t.ok(enter('a'), 'it keeps its place');
  starts.leave('a');
  t.same(woken, ['early'], 'who is next is told');
  t.notOk(enter('late', 9), 'not before the one of lower order');
  t.ok(enter('early', 1));
  starts.leave('early');
  t.same(woken, ['early', 'late']);
  t.ok(enter('late', 9));
  starts.leave('b');
  starts.leave('b');
  t.ok(enter('c'));
  t.end();
});

void t.test('one that gives up waiting holds nobody back', (t) => {
  const starts = new Starts(1);
  const woken: string[] = [];
  t.ok(starts.enter('a', 0, () => undefined));
  t.notOk(starts.enter('first', 1, () => woken.push('first')));
  t.notOk(starts.enter('second', 2, () => woken.push('second')));
  starts.leave('first');
  starts.leave('a');
  t.ok(woken.includes('second'));
  t.ok(starts.enter('second', 2, () => undefined));
  t.end();
});
