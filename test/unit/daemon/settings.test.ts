import t from 'tap';
import { Settings } from '../../../daemon/settings.js';

const file = 'drover.yaml';

const BASE = `cluster:
  name: alpha
  coordinators: {hv1: 10.0.0.1}
node: {name: hv1}
api: {enabled: false}
`;

void t.test('a changed file: what can be taken over is, the rest is named', (t) => {
  const settings = new Settings({ file, text: BASE });
  t.same(settings.take({ file, text: BASE }), []);
  const waiting = settings.take({
    file,
    text: `${BASE}timers: {vm_shutdown: 7s, keepalive: 9s}
logging: {level: debug}
libvirt: {transport: ssh}
`,
  });
  t.equal(settings.current.timers.vmShutdownMs, 7_000);
  t.equal(settings.current.logging.level, 'debug');
  t.same(waiting, ['libvirt', 'timers'], 'the keepalive and libvirt wait for a restart');
  t.not(settings.current.timers.keepaliveMs, 9_000);
  const before = settings.current;
  t.throws(() => settings.take({ file, text: 'cluster: [' }), { code: 'CONFIG_INVALID' });
  t.equal(settings.current, before, 'a file that is not sound changes nothing');
  t.match(settings.source.text, /transport: ssh/, 'nor what the companions are told');
  t.end();
});
