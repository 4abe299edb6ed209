import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { HostClock, HostProcesses } from '../../../lib/adapters/host/index.js';
import { Droverd } from '../../../sandbox/index.js';

const UNIT = fileURLToPath(new URL('../../../../systemd/droverd.service', import.meta.url));

void t.test('the unit is sound, by the word of systemd itself', async (t) => {
  const processes = new HostProcesses(new HostClock());
  const { stderr, stdout } = await processes.run({
    program: 'systemd-analyze',
    args: ['verify', '--man=no', UNIT],
    okCodes: [0, 1],
  });
  const complaints = `${stdout}${stderr}`
    .split('\n')
    // Neither Node nor Drover has to be installed where this is checked.
    .filter((line) => line.includes('droverd.service') && !/is not executable|Command .* is not/.test(line));
  t.same(complaints, []);
});

void t.test('the sandbox runs the very command line of the unit', (t) => {
  const command = /^ExecStart=(.*)$/m.exec(readFileSync(UNIT, 'utf8'))?.[1]?.split(' ') ?? [];
  const [node, program, config] = command;
  t.equal(node, '/usr/bin/node');
  t.equal(program?.replace('/usr/lib/drover/', ''), Droverd.PROGRAM);
  t.equal(config, Droverd.CONFIG);
  t.equal(command.length, 3);
  t.end();
});
