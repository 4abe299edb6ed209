import t from 'tap';
import { rewrittenXml } from '../../../lib/point/index.js';

const XML = `<domain type='kvm'><name>web</name><!-- kept --><uuid>00000001-0000-4000-8000-000000000001</uuid><devices>
<disk type='network'><auth username='libvirt'><secret type='ceph' uuid='old'/></auth><source protocol='rbd' name='vms/web_sda'><host name='10.0.0.1' port='6789'/><host name='10.0.0.2'/></source></disk>
<disk type='file'><source file='/iso'/></disk>
<interface type='bridge'><mac address='52:54:00:aa:bb:cc'/></interface><interface type='bridge'><mac address='52:54:00:aa:bb:cd'/></interface></devices></domain>`;
const SAME = {
  uuid: '00000001-0000-4000-8000-000000000001',
  name: 'web',
  images: new Map([['vms/web_sda', 'vms/web_sda']]),
  monitors: [] as string[],
  secretUuid: undefined,
  another: false,
};

void t.test('M40: a definition is rewritten for this cluster by what it means, not by its text', (t) => {
  t.equal(rewrittenXml(XML, SAME).replaceAll('"', "'"), XML, 'nothing to change, nothing changed');
  const text = rewrittenXml(XML, {
    uuid: '11111111-1111-4111-8111-1111deadbeef',
    name: 'copy',
    images: new Map([['vms/web_sda', 'ssd/copy_sda']]),
    monitors: ['198.18.1.10:6789', '[fd00::1]:3300'],
    secretUuid: 'new',
    another: true,
  }).replaceAll('"', "'");
  t.match(text, /<name>copy<\/name><!-- kept -->/);
  t.match(text, "<secret type='ceph' uuid='new'/>");
  t.match(
    text,
    "<source protocol='rbd' name='ssd/copy_sda'><host name='198.18.1.10' port='6789'/><host name='fd00::1' port='3300'/></source>",
  );
  t.match(text, "<source file='/iso'/>");
  const macs = [...text.matchAll(/mac address='([^']+)'/g)].map(([, mac]) => mac);
  t.same(macs, ['52:54:00:ad:be:ef', '52:54:00:ad:be:f0'], 'another VM has cards of its own');
  t.throws(() => rewrittenXml('<domain', SAME), { code: 'BAD_INPUT' });
  t.end();
});
