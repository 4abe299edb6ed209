import { Type } from 'typebox';
import t from 'tap';
import { argumentReader } from '../../../lib/api/arguments.js';
import { args, choice, flag, integer, text, texts } from '../../../schemas/api.js';
import { ApiWorld } from '../../support/api-world.js';

const SCHEMA = args({
  name: text('The name.', 5),
  state: Type.Optional(choice('up or down.', ['up', 'down'] as const)),
  force: flag('Anyway.'),
  sure: Type.Optional(Type.Boolean({ description: 'Sure or not.' })),
  lines: integer('1 to 9.', 1, 9, 5),
  tags: Type.Optional(texts('Some tags.')),
});
const read = argumentReader(SCHEMA);
const reading = (query: string) => read(new URLSearchParams(query));

void t.test('texts become what the schema says, and defaults apply', (t) => {
  t.same(reading('name=a'), { ok: true, value: { name: 'a', force: false, lines: 5 } });
  t.same(reading('name=a&state=up&force=on&sure=no&lines=9&tags=x&tags=y&other=1'), {
    ok: true,
    value: { name: 'a', state: 'up', force: true, sure: false, lines: 9, tags: ['x', 'y'] },
  });
  t.same(
    reading('name=a&name=b'),
    { ok: true, value: { name: 'b', force: false, lines: 5 } },
    'the last one',
  );
  t.end();
});

void t.test('booleans are the words that PVC takes, in any case; anything else is refused', (t) => {
  for (const word of ['y', 'yes', 't', 'true', 'on', '1', 'True', 'YES'])
    t.match(reading(`name=a&force=${word}`), { value: { force: true } }, word);
  for (const word of ['n', 'no', 'f', 'false', 'off', '0', 'False', ''])
    t.match(reading(`name=a&force=${word}`), { value: { force: false } }, word || 'nothing');
  t.same(reading('name=a&force=perhaps'), { ok: false, complaints: { force: 'Anyway.' } });
  t.end();
});

void t.test('every argument that is missing or wrong is told by its description', (t) => {
  t.same(reading(''), { ok: false, complaints: { name: 'The name.' } });
  t.same(reading('name=toolong&state=left&lines=10&tags='), {
    ok: false,
    complaints: { name: 'The name.', state: 'up or down.', lines: '1 to 9.', tags: 'Some tags.' },
  });
  for (const lines of ['x', '1.5', '', '0x2', '99999999999999999999'])
    t.same(reading(`name=a&lines=${lines}`), { ok: false, complaints: { lines: '1 to 9.' } }, lines);
  t.end();
});

void t.test('the answer is 400 with an object; arguments come from query and form together', async (t) => {
  const world = await ApiWorld.open();
  const { status, body } = await world.ask('POST', '/vm/vm1/tags');
  t.equal(status, 400);
  t.same(body, { message: { action: 'What to do with the tag: add or remove.', tag: 'The tag.' } });
  const both = await world.form('POST', '/vm/vm1/tags?action=add', { tag: 'a&b=c', protected: 'True' });
  t.equal(both.status, 200);
  t.same(world.recording.calls, [{ what: 'vms.addTag', args: ['vm1', { name: 'a&b=c', protected: true }] }]);
});
