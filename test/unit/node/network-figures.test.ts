import t from 'tap';
import { SimFiles } from '../../../lib/sim/index.js';
import { networkText, sampleNetwork } from '../../../lib/node/network-figures.js';

const dev = (bytes: number, packets: number) => `Inter-|   Receive  |  Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0
  ens4: ${bytes} ${packets} 0 0 0 0 0 0 ${2 * bytes} ${packets} 0 0 0 0 0 0
 vnet0: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0
`;

void t.test('N39: bits and packets a second of the real cards, from two samples', async (t) => {
  const files = new SimFiles();
  await files.replace('/proc/net/dev', dev(1_000, 10));
  await files.replace('/sys/class/net/ens4/speed', '1000\n');
  await files.replace('/sys/class/net/ens4/operstate', 'up\n');
  const before = await sampleNetwork(files, 0);
  await files.replace('/proc/net/dev', dev(3_000, 50));
  const text = await networkText(files, before, await sampleNetwork(files, 2_000));
  t.same(JSON.parse(text), {
    ens4: {
      ...{ rx_bps: 8_000, rx_pps: 20, tx_bps: 16_000, tx_pps: 20, total_bps: 24_000, total_pps: 40 },
      ...{ link_speed: 1_000_000_000, state: 'up' },
    },
  });
});

void t.test('a machine without that file has no cards', async (t) => {
  const files = new SimFiles();
  const sample = await sampleNetwork(files, 0);
  t.equal(await networkText(files, sample, sample), '{}');
});
