import t from 'tap';
import { IpmiPower } from '../../../../lib/adapters/ipmi/index.js';
import { DroverError, LIMITS } from '../../../../lib/core/index.js';
import { type Answer, ScriptedProcesses } from '../../../support/scripted-processes.js';

const BMC = { host: '198.18.1.202', port: 623, user: 'fence', password: 's3cret' };

function withAnswer(answer: Answer): { power: IpmiPower; processes: ScriptedProcesses } {
  const processes = new ScriptedProcesses(() => answer);
  return { power: new IpmiPower(processes), processes };
}

void t.test('state, off and on as command lines, the password in the environment', async (t) => {
  const { power, processes } = withAnswer({ stdout: 'Chassis Power is off\n' });
  t.equal(await power.state(BMC), 'off');
  await power.off(BMC);
  await power.on(BMC);
  const line = 'ipmitool -I lanplus -C 3 -N 1 -R 2 -H 198.18.1.202 -p 623 -U fence -E chassis power';
  t.same(processes.told(0), [`${line} status`, `${line} off`, `${line} on`]);
  for (const { env, limitMs } of processes.commands)
    t.same({ env, limitMs }, { env: { IPMI_PASSWORD: 's3cret' }, limitMs: LIMITS.ipmiCallMs });
});

void t.test('on and off are what the BMC says in those very words, nothing else', async (t) => {
  t.equal(await withAnswer({ stdout: 'Chassis Power is on\n' }).power.state(BMC), 'on');
  const others = ['', 'Chassis Power is on off\n', 'Chassis Power is Off\n', 'Chassis Power is \n', 'off\n'];
  for (const stdout of others)
    await t.rejects(
      withAnswer({ stdout }).power.state(BMC),
      { code: 'POWER_UNREACHABLE', object: 'BMC 198.18.1.202:623' },
      JSON.stringify(stdout),
    );
});

void t.test('failures carry the code of what happened and the words of ipmitool', async (t) => {
  const cases: [Answer, string, string | RegExp][] = [
    [
      { stderr: 'Error: Unable to establish IPMI v2 / RMCP+ session\n', code: 1 },
      'POWER_UNREACHABLE',
      'Error: Unable to establish IPMI v2 / RMCP+ session',
    ],
    [
      {
        stderr:
          'Address lookup for nowhere.invalid failed\nCould not open socket!\nError: Unable to establish IPMI v2 / RMCP+ session\n',
        code: 1,
      },
      'POWER_UNREACHABLE',
      /^Address lookup for nowhere.invalid failed Could not/,
    ],
    [
      { stderr: 'lanplus: password is longer than 20 bytes.\n', code: 1 },
      'POWER_UNREACHABLE',
      'lanplus: password is longer than 20 bytes.',
    ],
    [
      { stderr: 'Set Chassis Power Control to Down/Off failed: Unspecified error\n', code: 1 },
      'POWER_REFUSED',
      'Set Chassis Power Control to Down/Off failed: Unspecified error',
    ],
    [{ code: 1 }, 'POWER_UNREACHABLE', 'ipmitool ended with code 1'],
    [{ code: undefined }, 'POWER_UNREACHABLE', 'ipmitool ended with SIGSEGV'],
  ];
  for (const [answer, code, reason] of cases)
    await t.rejects(withAnswer(answer).power.off(BMC), { code, reason, object: 'BMC 198.18.1.202:623' });
});

void t.test('no answer in time is a BMC that does not answer; the rest is told as it is', async (t) => {
  const failing = (error: Error) => new IpmiPower(new ScriptedProcesses(() => Promise.reject(error)));
  const late = new DroverError('DEADLINE', { object: 'ipmitool', reason: 'it ran longer than 5000 ms' });
  await t.rejects(failing(late).state(BMC), { code: 'POWER_UNREACHABLE', cause: late });
  for (const code of ['CANCELLED', 'COMMAND_MISSING'] as const) {
    const error = new DroverError(code, { object: 'ipmitool', reason: 'so' });
    await t.rejects(failing(error).state(BMC), error);
  }
});

void t.test('no message holds the password', async (t) => {
  for (const answer of [{ code: 1, stderr: 'no' }, { stdout: 'what?' }] satisfies Answer[])
    try {
      await withAnswer(answer).power.state(BMC);
      t.fail('it did not fail');
    } catch (error) {
      t.ok(error instanceof DroverError);
      t.notMatch(String(error), /s3cret/);
    }
});
