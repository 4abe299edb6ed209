import t from 'tap';
import { Lease } from '../../../../lib/adapters/zookeeper/lease.js';

void t.test('a handshake counts from its sending', (t) => {
  const lease = new Lease();
  lease.granted(1_000, 900);
  t.equal(lease.until, 1_900);
  t.equal(lease.beatAt, 1_300);
  t.equal(lease.silentAt, 1_600);
  t.equal(lease.lostAt, 1_900);
  t.end();
});

void t.test('a beat proves what its predecessor told', (t) => {
  const lease = new Lease();
  lease.granted(1_000, 900);
  lease.beat(1_300);
  t.equal(lease.until, 1_900, 'the leader may know of the handshake only');
  t.equal(lease.beatAt, 1_600);
  t.equal(lease.silentAt, 1_900);
  lease.beat(1_600);
  t.equal(lease.until, 2_200, 'now of the first beat');
  t.equal(lease.lostAt, 2_500, 'the session is given up later than the lease');
  lease.granted(2_000, 900);
  t.equal(lease.until, 2_900, 'a new connection begins with a proof');
  t.end();
});
