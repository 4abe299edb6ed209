import t from 'tap';
import { Scope, SILENT } from '../../../lib/core/index.js';
import { keepSettingsKeys, type PublishedSettings, registerNode } from '../../../lib/node/index.js';
import { Leadership } from '../../../lib/ownership/index.js';
import { simWorld } from '../../support/sim-world.js';

const MINUTE_MS = 60_000;

void t.test(
  'other programs read of the configuration what holds, whoever writes something else',
  async (t) => {
    const world = simWorld('settings');
    const { process, store } = await world.client('hv1');
    const { clock } = process;
    const kind = { cpus: 2, arch: 'x86_64', os: 'Linux', kernel: '6.1' };
    await world.settle(
      registerNode(store, { node: 'hv1', coordinator: true, clusterName: 'east', kind, now: 0 }),
    );
    const text = async (key: string) =>
      Buffer.from((await world.settle(store.read(`/config/${key}`)))?.data ?? []).toString();
    const write = async (key: string, value: string) => {
      const path = `/config/${key}`;
      const version = (await world.settle(store.read(path)))?.stat.version ?? -1;
      await world.settle(store.commit([{ op: 'set', path, version, data: Buffer.from(value) }]));
      await world.clock.advance(MINUTE_MS);
    };

    const scope = new Scope('term');
    const session = store.session().id ?? 'none';
    const leadership = new Leadership({ epoch: 1, session, store, clock, scope });
    let settings: PublishedSettings = { upstreamAddress: undefined, targetSelector: 'load' };
    await write('upstream_ip', '10.0.0.9/24');
    const loop = keepSettingsKeys({ store, clock, log: SILENT, leadership, settings: () => settings });
    await world.clock.advance(MINUTE_MS);
    t.equal(await text('migration_target_selector'), 'load');
    t.equal(await text('upstream_ip'), '10.0.0.9/24', 'what the configuration does not say stays');

    settings = { upstreamAddress: '10.0.0.250/24', targetSelector: 'vms' };
    loop.wake();
    await world.clock.advance(MINUTE_MS);
    t.same([await text('upstream_ip'), await text('migration_target_selector')], ['10.0.0.250/24', 'vms']);

    await write('migration_target_selector', 'garbage');
    t.equal(await text('migration_target_selector'), 'vms', 'it is put right when somebody wrote another');

    await world.settle(scope.close());
    await write('migration_target_selector', 'mem');
    t.equal(await text('migration_target_selector'), 'mem', 'only in a term');
  },
);
