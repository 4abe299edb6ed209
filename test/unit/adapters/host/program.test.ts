import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { locate } from '../../../../lib/adapters/host/program.js';

void t.test('a program is looked up as a shell does', (t) => {
  const dir = t.testdir({ first: { plain: '' }, second: { tool: '', plain: '' } });
  chmodSync(join(dir, 'second', 'tool'), 0o755);
  chmodSync(join(dir, 'second', 'plain'), 0o755);
  mkdirSync(join(dir, 'first', 'tool'));
  symlinkSync(join(dir, 'second', 'tool'), join(dir, 'link'));
  const path = `${dir}/nowhere:${dir}/first:${dir}/second`;

  t.equal(locate('tool', path), join(dir, 'second', 'tool'), 'not the directory of that name');
  t.equal(locate('plain', path), join(dir, 'second', 'plain'), 'not the file without the right');
  t.equal(locate(join(dir, 'link'), ''), join(dir, 'link'), 'a path is taken as it is');
  t.end();
});

void t.test('a missing program is told, with where it was looked for', (t) => {
  const dir = t.testdir({ plain: '' });
  t.throws(() => locate('tool', '/a:/b'), {
    code: 'COMMAND_MISSING',
    object: 'tool',
    reason: 'it is not in /a:/b',
  });
  t.throws(() => locate('tool', ''), { code: 'COMMAND_MISSING' });
  t.throws(() => locate('', '/usr/bin'), { code: 'COMMAND_MISSING' });
  t.throws(() => locate(join(dir, 'plain'), '/usr/bin'), {
    code: 'COMMAND_MISSING',
    cause: { code: 'EACCES' },
  });
  t.throws(() => locate(`${dir}/`, '/usr/bin'), { code: 'COMMAND_MISSING' });
  t.end();
});
