import fc from 'fast-check';
import t from 'tap';
import type { Image, Pool } from '../../../lib/ports/index.js';
import {
  planMake,
  planRemove,
  planRename,
  planResize,
  planRestore,
  refuseSpace,
  renamedXml,
  targetOf,
} from '../../../lib/volume/index.js';
import type { RenamedFacts } from '../../../lib/volume/rename-plan.js';
import { countOf, readDevice } from '../../../lib/volume/device-view.js';

const VOLUME = { pool: 'vms', name: 'a' };

function image(id: string, bytes = 100): Image {
  return { id, bytes, features: [], flags: [], info: '{}' };
}

void t.test('made: what was cut goes first, another’s name is never taken', (t) => {
  const facts = { volume: VOLUME, target: undefined, stages: [], whole: undefined, published: false };
  const stage = { name: 's', id: '1' };
  t.match(planMake(facts), { step: { kind: 'fill' } });
  t.match(planMake({ ...facts, stages: [stage] }), { step: { kind: 'discard', stage: 's' } });
  t.match(planMake({ ...facts, stages: [stage], whole: '1' }), { step: { kind: 'name', stage: 's' } });
  t.match(planMake({ ...facts, target: image('1'), whole: '1' }), { step: { kind: 'publish' } });
  t.match(planMake({ ...facts, target: image('1'), whole: '1', published: true }), { do: 'rest' });
  t.match(planMake({ ...facts, target: image('2'), stages: [stage] }), { step: { kind: 'discard' } });
  t.throws(() => planMake({ ...facts, target: image('2') }), { code: 'STORAGE_EXISTS' });
  t.throws(() => planMake({ ...facts, target: image('2'), stages: [stage], whole: '1' }), {
    code: 'STORAGE_EXISTS',
  });
  t.end();
});

void t.test('grown: by QEMU where it runs, told to the guest once more after a crash, never smaller', (t) => {
  const facts = {
    ...{ volume: VOLUME, bytes: 200, node: 'n1', image: image('1'), running: undefined },
    ...{ told: false, published: false },
  };
  const running = { vm: 'web', uuid: 'u', node: 'n1', target: 'vda' };
  t.match(planResize(facts), { step: { kind: 'grow' } });
  t.match(planResize({ ...facts, running }), { step: { kind: 'grow-live', uuid: 'u', target: 'vda' } });
  t.match(planResize({ ...facts, running, image: image('1', 200) }), { step: { kind: 'grow-live' } });
  t.match(planResize({ ...facts, running, told: true, image: image('1', 200) }), {
    step: { kind: 'publish' },
  });
  t.match(planResize({ ...facts, image: image('1', 200), published: true }), { do: 'rest' });
  t.throws(() => planResize({ ...facts, running: { ...running, node: 'n2' } }), { code: 'HELD' });
  t.throws(() => planResize({ ...facts, running: { ...running, target: undefined } }), { code: 'REFUSED' });
  t.throws(() => planResize({ ...facts, image: undefined }), { code: 'NOT_FOUND' });
  fc.assert(
    fc.property(fc.integer({ min: 1 }), fc.integer({ min: 1 }), (has, wanted) => {
      const planned = () => planResize({ ...facts, bytes: wanted, image: image('1', has) });
      if (has <= wanted) return planned().do === 'step';
      t.throws(planned, { code: 'REFUSED' });
      return true;
    }),
  );
  t.end();
});

void t.test('removed: known by its id before it goes, and only that one goes', (t) => {
  const facts = { volume: VOLUME, image: undefined, id: undefined, told: false };
  t.match(planRemove({ ...facts, image: image('1'), told: true }), { step: { kind: 'note', id: '1' } });
  t.match(planRemove({ ...facts, image: image('1'), id: '1' }), { step: { kind: 'trash', id: '1' } });
  t.match(planRemove({ ...facts, id: '1', told: true }), { step: { kind: 'drop' } });
  t.match(planRemove({ ...facts, told: true }), { step: { kind: 'drop' } }, 'told, and never there');
  t.match(planRemove({ ...facts, image: image('2'), id: '1', told: true }), { do: 'rest' }, 'another by now');
  t.match(planRemove(facts), { do: 'rest' });
  t.end();
});

void t.test('restored: by its id, under its old name, if that is free', (t) => {
  const facts = {
    ...{ pool: 'vms', id: '1', name: 'a', trashed: true, image: undefined },
    published: false,
  };
  t.match(planRestore(facts), { step: { kind: 'restore' } });
  t.match(planRestore({ ...facts, trashed: false, image: image('1') }), { step: { kind: 'publish' } });
  t.match(planRestore({ ...facts, trashed: false, image: image('1'), published: true }), { do: 'rest' });
  t.throws(() => planRestore({ ...facts, image: image('2') }), { code: 'STORAGE_EXISTS' });
  t.throws(() => planRestore({ ...facts, trashed: false, image: image('2') }), { code: 'NOT_FOUND' });
  t.throws(() => planRestore({ ...facts, name: undefined, trashed: false }), { code: 'NOT_FOUND' });
  t.end();
});

void t.test('renamed: all images, then all that names them, and the VM last', (t) => {
  const volume: RenamedFacts = {
    ...{ pool: 'vms', from: 'a', to: 'b', fromImage: image('1'), toImage: undefined, id: '1' },
    ...{ oldKeys: true, newKeys: false },
  };
  const moved: RenamedFacts = { ...volume, fromImage: undefined, toImage: image('1') };
  const facts = { snapshots: [{ uuid: 'u', snapshot: 's' }], definitions: ['u'] };
  const plan = (volumes: readonly RenamedFacts[], rest: Partial<typeof facts> = facts) =>
    planRename({ volumes, ...facts, ...rest });
  t.match(plan([moved, { ...volume, from: 'c', to: 'd' }]), {
    step: { kind: 'image', volume: { from: 'c' } },
  });
  t.match(plan([moved]), { step: { kind: 'snapshot', snapshot: 's' } });
  t.match(plan([moved], { snapshots: [] }), { step: { kind: 'publish' } });
  t.match(plan([{ ...moved, newKeys: true }], { snapshots: [] }), { step: { kind: 'drop' } });
  const told: RenamedFacts = { ...moved, newKeys: true, oldKeys: false };
  t.match(plan([told], { snapshots: [] }), { step: { kind: 'definition', uuid: 'u' } });
  t.match(plan([told], { snapshots: [], definitions: [] }), { do: 'rest' });
  t.throws(() => plan([{ ...volume, toImage: image('2') }]), { code: 'STORAGE_EXISTS' });
  t.throws(() => plan([{ ...moved, id: '2' }]), { code: 'STORAGE_EXISTS' }, 'it is not known to be that one');
  t.throws(() => plan([{ ...volume, fromImage: undefined }]), { code: 'NOT_FOUND' });
  t.end();
});

void t.test('M47: what is granted always fits, and without force leaves a fifth of the pool', (t) => {
  const pool = (storedBytes: number, freeBytes: number): Pool => ({
    ...{ name: 'vms', id: 1, storedBytes, usedBytes: storedBytes, freeBytes, objects: 1, usedFraction: 0 },
  });
  const size = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(
      size,
      size,
      fc.integer({ min: -10, max: 20_000 }),
      fc.boolean(),
      (stored, free, bytes, force) => {
        let granted = true;
        try {
          refuseSpace(VOLUME, pool(stored, free), bytes, force);
        } catch {
          granted = false;
        }
        if (bytes <= 0) return granted;
        if (stored + free === 0) return granted === force;
        const fits = bytes < free && (force || stored + bytes < 0.8 * (stored + free));
        return granted === fits;
      },
    ),
  );
  t.throws(() => refuseSpace(VOLUME, undefined, 1, false), { code: 'REFUSED' }, 'Ceph says nothing');
  t.end();
});

const XML = `<domain><!-- kept --><name>web</name><devices>
  <disk type='network'><source protocol='rbd' name='vms/a'><host name='x'/></source><target dev='vda'/></disk>
  <disk type='file'><source file='vms/a'/><target dev='vdb'/></disk>
  <disk type='network'><source protocol='rbd' name='vms/ab'/><target dev='vdc'/></disk>
  <interface type='bridge'><mac address='52:54:00:AA:00:01'/></interface>
</devices></domain>`;

void t.test('in a definition only what is meant has another name', (t) => {
  t.equal(targetOf(XML, VOLUME), 'vda');
  t.equal(targetOf(XML, { pool: 'vms', name: 'b' }), undefined);
  const changed = renamedXml(XML, new Map([['vms/a', 'vms/z']]), 'www') ?? '';
  t.match(changed, /<!-- kept --><name>www<\/name>/);
  t.match(changed, /name="vms\/z"/);
  t.match(changed, /file="vms\/a"/);
  t.match(changed, /name="vms\/ab"/);
  t.equal(renamedXml(XML, new Map([['vms/b', 'vms/z']])), XML, 'nothing to change: not a byte is');
  t.equal(renamedXml('<domain', new Map()), undefined);
  t.end();
});

void t.test('a device is known by what no other has', (t) => {
  t.same(readDevice(`<disk><source protocol='rbd' name='vms/a'/><target dev='vda'/></disk>`), {
    type: 'disk',
    place: 'vda',
    image: { pool: 'vms', name: 'a' },
  });
  t.equal(countOf(XML, readDevice(`<disk><target dev='vda'/></disk>`)), 1);
  t.equal(countOf(XML, readDevice(`<disk><target dev='vdz'/></disk>`)), 0);
  t.equal(countOf(XML, readDevice(`<interface><mac address='52:54:00:aa:00:01'/></interface>`)), 1);
  t.equal(countOf(XML, readDevice('<rng/>')), 0);
  for (const text of ['', '<disk', '<domain/>']) t.throws(() => readDevice(text), { code: 'BAD_INPUT' });
  t.end();
});
