import t from 'tap';
import { Type } from 'typebox';
import { defineTask, Kinds } from '../../../lib/task/index.js';
import { taskArguments } from '../../../schemas/index.js';

const kinds = new Kinds([
  defineTask({
    kind: 'vm.create_snapshot',
    arguments: taskArguments('vm.create_snapshot', 'Takes a snapshot.', {
      vm: Type.String({ minLength: 1 }),
      keep: Type.Optional(Type.Object({ days: Type.Integer() })),
    }),
    where: 'primary',
    run: ({ args }) => Promise.resolve(args.vm),
  }),
]);

const BAD: readonly [unknown, RegExp][] = [
  [{}, /argument vm of vm\.create_snapshot: .*missing/],
  [{ vm: 7 }, /argument vm of .*string/],
  [{ vm: '' }, /argument vm of /],
  [{ vm: 'a', vn: 'b' }, /argument vn of .*no such argument/],
  [{ vm: 'a', keep: { days: 'seven' } }, /argument keep\.days of .*integer/],
  [{ vm: 'a', keep: {} }, /argument keep\.days of .*missing/],
];

for (const [args, message] of BAD)
  void t.test(`bad arguments name the argument: ${JSON.stringify(args)}`, (t) => {
    const request = { kind: 'vm.create_snapshot', args: args as Record<string, unknown> };
    t.throws(() => kinds.check(request), { code: 'BAD_INPUT', message });
    t.end();
  });

void t.test('sound requests', (t) => {
  const kind = kinds.check({ kind: 'vm.create_snapshot', args: { vm: 'a', keep: { days: 7 } } });
  t.equal(kind.kind, 'vm.create_snapshot');
  t.end();
});

void t.test('an unknown kind is told with those that are known', (t) => {
  t.throws(() => kinds.check({ kind: 'vm.create_snapshto', args: {} }), {
    code: 'BAD_INPUT',
    message: /"vm\.create_snapshto".*vm\.create_snapshot/,
  });
  t.end();
});

void t.test('only what any node may run can be sent to one', (t) => {
  const request = { kind: 'vm.create_snapshot', args: { vm: 'a' }, runOn: 'hv2' };
  t.throws(() => kinds.check(request), { code: 'BAD_INPUT', object: 'runOn of vm.create_snapshot' });
  t.end();
});
