import t from 'tap';
import { Space } from '../../../lib/backup/space.js';
import type { Directories } from '../../../lib/ports/index.js';
import { failure } from '../../support/failure.js';

/** Lets everything that can go on go on. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

void t.test('what does not fit beside others waits for them, and is refused only alone', async (t) => {
  let free = 100;
  const space = new Space({ freeBytes: () => Promise.resolve(free) } as unknown as Directories);
  const begun: string[] = [];
  let end: () => void = () => undefined;
  const first = space.with('/b', 60, 'backup of one', async () => {
    begun.push('one');
    await new Promise<void>((resolve) => (end = resolve));
    free = 60;
  });
  const second = space.with('/b', 50, 'backup of two', () => {
    begun.push('two');
    return Promise.resolve();
  });
  const third = space.with('/b', 30, 'backup of three', () => {
    begun.push('three');
    return Promise.resolve('done');
  });
  t.equal(await third, 'done', 'it fits beside the first');
  await settled();
  t.same(begun, ['one', 'three']);
  end();
  await Promise.all([first, second]);
  t.same(begun, ['one', 'three', 'two']);
  t.match(await failure(space.with('/b', 60, 'backup of one', () => Promise.resolve())), {
    code: 'REFUSED',
    message: /backup of one: .*60 bytes, and \/b has 60 free/,
  });
});

void t.test('what fails gives its room back', async (t) => {
  const space = new Space({ freeBytes: () => Promise.resolve(10) } as unknown as Directories);
  await t.rejects(
    space.with('/b', 9, 'one', () => Promise.reject(new Error('broken'))),
    { message: 'broken' },
  );
  t.equal(await space.with('/b', 9, 'two', () => Promise.resolve('done')), 'done');
});
