import t from 'tap';
import { assertKnownVersion } from '../../../../lib/adapters/zookeeper/internals.js';

void t.test('only the version whose insides are known is used', (t) => {
  t.doesNotThrow(() => assertKnownVersion('1.1.3'));
  for (const found of ['1.1.4', '2.0.0', undefined])
    t.throws(() => assertKnownVersion(found), { code: 'INTERNAL', remedy: /internals\.ts/ }, String(found));
  t.end();
});
