import fc from 'fast-check';
import t from 'tap';
import { SILENT } from '../../../lib/core/index.js';
import {
  mailbox,
  report,
  reportTestTask,
  type ReportSettings,
  subjectOf,
  textOf,
} from '../../../lib/report/index.js';
import { SimClock, SimFiles, SimMailer } from '../../../lib/sim/index.js';
import type { RunSummary, TaskContext } from '../../../lib/task/index.js';

const hidden = (url: string) => ({ reveal: () => Promise.resolve(url) });

function run(...oks: readonly boolean[]): RunSummary {
  const lines = oks.map((ok, at) => ({ object: `vm${at} → shelf`, ok, text: 'why', ms: 1500, bytes: 42 }));
  return { what: 'Autobackup', cluster: 'east', task: 'nightly-1', startedAt: 0, endedAt: 9000, lines };
}

function settings(when: 'always' | 'failure'): ReportSettings {
  return {
    mail: { to: ['ops@example.com'], from: undefined, when },
    webhook: { url: hidden('https://hook'), when },
    ping: { url: hidden('https://ping') },
  };
}

void t.test('M26 M27: who is told of what', async (t) => {
  const mailer = new SimMailer();
  const world = { mailer, files: new SimFiles(), log: SILENT };
  t.same(await report(world, settings('always'), run(true)), []);
  t.match(mailer.letters, [{ to: ['ops@example.com'], subject: /1 done/ }]);
  t.match(mailer.posts, [{ url: 'https://hook', body: { v: 1, ok: true } }]);
  t.same(mailer.pings, ['https://ping']);
  await report(world, settings('failure'), run(true));
  t.equal(mailer.letters.length, 1, 'nothing has failed');
  await report(world, settings('failure'), run(true, false), ['ann@example.com', 'ops@example.com']);
  t.same(mailer.letters.at(-1)?.to, ['ops@example.com', 'ann@example.com']);
  t.equal(mailer.pings.length, 2, 'no ping after a failure');
  t.match(
    mailer.letters.at(-1)?.text,
    /FAILED {2}vm1 → shelf: why\n {2}done {4}vm0 → shelf: 42 bytes in 1\.5 s/,
  );
});

void t.test('a report that is not taken is told, and fails nothing', async (t) => {
  const mailer = new SimMailer();
  mailer.down = true;
  const world = { mailer, files: new SimFiles(), log: SILENT };
  const untold = await report(world, settings('always'), run(true));
  t.equal(untold.length, 3);
  t.match(untold[0], /^mail: .*nobody answers/);
  mailer.down = false;
  const bad = await report(world, settings('always'), run(true), ['x@y\r\nBcc: all@example.com']);
  t.match(bad, [/^mail: .*not a mailbox/]);
  t.equal(mailer.letters.length, 0);
  t.equal(mailer.posts.length, 1, 'the other ways are gone all the same');
});

void t.test('M60: no text reaches a header of its own', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const summary = { ...run(true), cluster: text, what: text };
      return (
        !/[\p{C}]/u.test(subjectOf(summary)) && textOf({ ...summary, what: 'x' }).split('\n').length === 4
      );
    }),
  );
  for (const bad of ['a', 'a@', '@b', 'a b@c', 'a@b,c@d', '<a@b>', 'a@b\n', 'a@-b', '"x"@y'])
    t.throws(() => mailbox(bad), { code: 'BAD_INPUT' }, JSON.stringify(bad));
  t.equal(mailbox('ann.o+x@mail.example.com'), 'ann.o+x@mail.example.com');
  t.end();
});

void t.test('the test of reports fails when a report is not taken', async (t) => {
  const mailer = new SimMailer();
  const world = { mailer, files: new SimFiles(), log: SILENT, clock: new SimClock() };
  const context = (args: Readonly<Record<string, unknown>>) =>
    ({ id: 't1', args, signal: new AbortController().signal }) as unknown as TaskContext;
  const nobody = { mail: undefined, webhook: undefined, ping: undefined };
  await t.rejects(reportTestTask(world, nobody, 'east').run(context({})), { code: 'REFUSED' });
  const kind = reportTestTask(world, settings('failure'), 'east');
  t.same(await kind.run(context({})), { message: 'Taken: mail, webhook, ping.' });
  t.equal(mailer.letters.length, 1, 'also a mail that is for failures only');
  mailer.down = true;
  await t.rejects(kind.run(context({})), { code: 'REPORT_FAILED', message: /3 of 3/ });
});
