import t from 'tap';
import { Room } from '../../../lib/mirror/room.js';
import type { Pool, Storage } from '../../../lib/ports/index.js';
import { SimClock, SimRandom } from '../../../lib/sim/index.js';
import { DroverError } from '../../../lib/core/index.js';
import { failure } from '../../support/failure.js';

const GIB = 1024 ** 3;

function world(freeBytes: number) {
  const clock = new SimClock({ random: new SimRandom('room') });
  const asked: string[] = [];
  const pool = { name: 'vms', storedBytes: 0, freeBytes };
  const storage: Pick<Storage, 'pools' | 'images'> = {
    pools: () => {
      asked.push('pools');
      return Promise.resolve([{ ...pool } as Pool]);
    },
    images: (name) => {
      asked.push(`images of ${name}`);
      return name === 'new'
        ? Promise.resolve([])
        : Promise.reject(new DroverError('NOT_FOUND', { object: name, reason: 'there is none' }));
    },
  };
  return { clock, asked, pool, room: new Room({ storage: storage as Storage, clock }) };
}

void t.test('Ceph is asked once for several that fit, and anew when what it said is old', async (t) => {
  const { clock, asked, room } = world(100 * GIB);
  await room.look();
  for (let one = 0; one < 5; one += 1) await room.admit(new Map([['vms', GIB]]));
  t.same(asked, ['pools']);
  await clock.advance(31_000);
  await room.admit(new Map([['vms', GIB]]));
  t.same(asked, ['pools', 'pools']);
});

void t.test(
  'D4: what was let in counts, and what would not leave ample room waits for new figures',
  async (t) => {
    const { asked, pool, room } = world(20 * GIB);
    const five = new Map([['vms', 5 * GIB]]);
    await room.admit(five);
    await room.admit(five);
    await room.admit(five);
    t.equal(asked.length, 1, '5 GiB are left: ample');
    pool.freeBytes = 6 * GIB;
    await room.admit(five);
    t.equal(asked.length, 2);
    pool.freeBytes = 5 * GIB;
    const refused = await failure(room.admit(five));
    t.match(refused, { code: 'REFUSED', message: /pool vms.*5368709120 bytes may come, and \d+ are free/ });
    pool.freeBytes = 6 * GIB;
    await room.admit(five);
    t.equal(asked.length, 4, 'nothing is refused, or let in to the last, by what Ceph said before');
    room.forget();
    await room.look();
    t.equal(asked.length, 5);
  },
);

void t.test('a pool of which there are no figures is asked for by its list', async (t) => {
  const { asked, room } = world(GIB);
  await room.admit(new Map([['new', GIB]]));
  t.match(await failure(room.admit(new Map([['gone', GIB]]))), { code: 'NOT_FOUND', message: /pool gone/ });
  t.ok(asked.includes('images of new'));
});
