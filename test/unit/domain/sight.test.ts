import t from 'tap';
import { KeptSight, type Sight } from '../../../lib/domain/sight.js';

const NOTHING: Sight = { domain: undefined, process: false };

void t.test('what was seen last is kept until something happens', async (t) => {
  const kept = new KeptSight();
  t.equal(kept.value, undefined);
  t.equal(await kept.renew(() => Promise.resolve(NOTHING)), NOTHING);
  t.equal(kept.value, NOTHING);
  kept.forget();
  t.equal(kept.value, undefined);
});

void t.test('a look during which something happens is believed once, and not kept', async (t) => {
  const kept = new KeptSight();
  const seen = await kept.renew(() => {
    kept.forget();
    return Promise.resolve(NOTHING);
  });
  t.equal(seen, NOTHING);
  t.equal(kept.value, undefined);
});

void t.test('while it is looked, and when that fails, nothing is kept', async (t) => {
  const kept = new KeptSight();
  await kept.renew(() => Promise.resolve(NOTHING));
  const looking = kept.renew(() => Promise.reject(new Error('no answer')));
  t.equal(kept.value, undefined);
  await t.rejects(looking);
  t.equal(kept.value, undefined);
});
