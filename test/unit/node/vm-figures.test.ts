import t from 'tap';
import { shapeOf, statsText } from '../../../lib/node/index.js';

const XML = `<domain><devices>
<disk type='network'><source protocol='rbd' name='vms/vm1_vda'/><target dev='vda'/></disk>
<disk type='file'><source file='/iso/a.iso'/><target dev='sda'/></disk>
<interface type='bridge'><source bridge='br100'/><target dev='vnet0'/></interface>
<graphics type='vnc' port='5901' listen='0.0.0.0'/>
</devices></domain>`;

void t.test('the figures of a VM have the shape that other programs read', (t) => {
  const shape = shapeOf(XML);
  t.equal(shape.vnc, '0.0.0.0:5901');
  const counters = { bytes: 1, packets: 2, errors: 3, drops: 4 };
  const text = statsText(
    {
      ...{ uuid: 'u', name: 'vm1', state: 'running', vcpus: 2, cpuTimeNs: 9 },
      memory: { maxKib: 200, currentKib: 100, rssKib: 50 },
      disks: [{ target: 'vda', reads: 1, readBytes: 2, writes: 3, writtenBytes: 4, errors: 0 }],
      networks: [
        { name: 'vnet0', received: counters, sent: counters },
        { name: 'tap7', received: counters, sent: counters },
      ],
    },
    shape,
  );
  t.match(JSON.parse(text), {
    ...{ state: 'RUNNING', maxmem: 200, livemem: 100, cpus: 2, cputime: 9, mem_stats: { rss: 50 } },
    disk_stats: [{ name: 'vms/vm1_vda', rd_req: 1, rd_bytes: 2, wr_req: 3, wr_bytes: 4, err: 0 }],
    net_stats: [{ name: 'vnet0', bridge: 'br100', rd_bytes: 1, wr_drops: 4 }],
  });
  t.equal((JSON.parse(text) as { net_stats: unknown[] }).net_stats.length, 1, 'cards on bridges only');
  t.end();
});

void t.test('what the XML does not say is left out', (t) => {
  const shape = shapeOf('<domain/>');
  t.equal(shape.vnc, '');
  t.equal(
    shapeOf("<domain><devices><graphics type='vnc' port='-1'/></devices></domain>").vnc,
    '',
    'no port yet',
  );
  t.equal(shapeOf('garbage').disks.size, 0);
  t.end();
});
