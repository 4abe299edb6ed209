import fc from 'fast-check';
import { normalize } from 'node:path';
import t from 'tap';
import { fileOf, folderName } from '../../../lib/backup/index.js';
import { isDroverError } from '../../../lib/core/index.js';
import { pointName } from '../../../lib/point/index.js';

void t.test('M50 M22: no name leads out of the directory that it is used in', (t) => {
  for (const bad of ['', '.', '..', '../x', 'a/b', '/etc', '.hidden', 'a\u0000', 'a\nb', 'x'.repeat(201)])
    t.throws(() => folderName(bad, 'VM'), { code: 'BAD_INPUT' }, JSON.stringify(bad));
  for (const good of ['web', 'web 1', 'a..b', 'ü', 'x;rm -rf']) t.equal(folderName(good, 'VM'), good);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        const name = folderName(text, 'VM');
        return normalize(`/srv/backup/${name}`) === `/srv/backup/${name}` && !name.includes('/');
      } catch (error) {
        return isDroverError(error, 'BAD_INPUT');
      }
    }),
  );
  t.end();
});

void t.test('M40: dots in pools and volumes', (t) => {
  t.equal(fileOf({ pool: 'a.b', name: 'c.d' }, 'full'), 'images/a.b.c.d.rbdimg');
  t.equal(fileOf({ pool: 'vms', name: 'web_sda' }, 'incremental'), 'images/vms.web_sda.rbddiff');
  t.end();
});

void t.test('M44: two backups of one second have two names', (t) => {
  const now = Date.parse('2026-11-27T01:30:00');
  const first = pointName('ab', now, () => false);
  t.equal(first, 'ab20261127013000');
  t.equal(
    pointName('ab', now, (name) => name === first),
    'ab20261127013001',
  );
  t.end();
});
