import { chmodSync, readFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { HostClock, HostMailer, HostProcesses } from '../../../lib/adapters/host/index.js';

/** A mail server of a few lines: keeps what it is sent, and refuses one recipient. */
async function mailServer(t: Tap): Promise<{ readonly port: number; readonly said: string[] }> {
  const said: string[] = [];
  const server = createServer((socket) => {
    let data = false;
    let rest = '';
    socket.write('220 here\r\n');
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        said.push(line);
        if (data) {
          if (line !== '.') continue;
          data = false;
          socket.write('250 taken\r\n');
        } else if (line === 'DATA') {
          data = true;
          socket.write('354 go on\r\n');
        } else socket.write(line.includes('nobody@') ? '550 unknown\r\n' : '250 ok\r\n');
      }
    });
    socket.on('error', () => undefined);
  });
  return { port: await listen(t, server), said };
}

interface Tap {
  teardown(action: () => void): unknown;
}

async function listen(t: Tap, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return (server.address() as AddressInfo).port;
}

const mailer = (port: number) =>
  new HostMailer({ host: '127.0.0.1', port, tls: 'opportunistic', login: undefined }, 'hv1');

void t.test('M27: a mail is sent by SMTP, or it is said why not', async (t) => {
  const { port, said } = await mailServer(t);
  const letter = { from: undefined, subject: 'Autobackup', text: 'a → b\n' };
  await mailer(port).mail({ ...letter, to: ['ann@example.com', 'bob@example.com'] });
  t.ok(said.includes('MAIL FROM:<drover@hv1>'));
  t.ok(said.includes('RCPT TO:<ann@example.com>') && said.includes('RCPT TO:<bob@example.com>'));
  t.ok(said.includes('Subject: Autobackup'));
  const refused = mailer(port).mail({ ...letter, to: ['ann@example.com', 'nobody@example.com'] });
  await t.rejects(refused, { code: 'REPORT_FAILED', message: /nobody@example\.com/ });
  await t.rejects(mailer(1).mail({ ...letter, to: ['ann@example.com'] }), { code: 'REPORT_FAILED' });
  await t.rejects(mailer(port).mail({ ...letter, to: ['a@b'] }, AbortSignal.abort(new Error('over'))), {
    message: 'over',
  });
});

void t.test('M27 M60: a program takes the mail, and its failure is one', async (t) => {
  const directory = t.testdir({
    taken: '#!/bin/sh\necho "$@" > "$0.args"; cat > "$0.mail"\n',
    refuses: '#!/bin/sh\ncat > /dev/null; echo "no such user" >&2; exit 67\n',
  });
  for (const name of ['taken', 'refuses']) chmodSync(join(directory, name), 0o755);
  const processes = new HostProcesses(new HostClock());
  const by = (name: string) => new HostMailer({ program: join(directory, name), processes }, 'hv1');
  const letter = { from: undefined, subject: 'x\r\nBcc: all@example.com', text: 'a → b\n' };
  await by('taken').mail({ ...letter, to: ['ann@example.com', 'bob@example.com'] });
  t.equal(
    readFileSync(join(directory, 'taken.args'), 'utf8'),
    '-i -f drover@hv1 -- ann@example.com bob@example.com\n',
  );
  const mail = readFileSync(join(directory, 'taken.mail'), 'utf8');
  t.match(mail, /^To: ann@example.com, bob@example.com$/m);
  t.notMatch(mail, /^Bcc/m);
  t.match(mail, /^a =E2=86=92 b$/m);
  await t.rejects(by('refuses').mail({ ...letter, to: ['ann@example.com'] }), {
    code: 'REPORT_FAILED',
    message: /no such user/,
  });
  await t.rejects(by('missing').mail({ ...letter, to: ['ann@example.com'] }), { code: 'REPORT_FAILED' });
});

void t.test('M60: a subject with line ends stays one header', async (t) => {
  const { port, said } = await mailServer(t);
  const subject = 'x\r\nBcc: all@example.com';
  await mailer(port).mail({ to: ['ann@example.com'], from: undefined, subject, text: '' });
  t.notOk(said.some((line) => line.startsWith('Bcc')));
});

void t.test(
  'webhooks and pings: an answer of another kind is a failure, and no address is told',
  async (t) => {
    const asked: string[] = [];
    const server = createHttp((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
        response.writeHead(request.url === '/secret-bad' ? 500 : 204).end();
      });
    });
    const port = await listen(t, server);
    const url = `http://127.0.0.1:${port}`;
    await mailer(1).post(`${url}/hook`, { v: 1 });
    await mailer(1).ping(`${url}/ping`);
    t.same(asked, ['POST /hook {"v":1}', 'GET /ping ']);
    await t.rejects(mailer(1).ping(`${url}/secret-bad`), { code: 'REPORT_FAILED', message: /500/ });
    const error: unknown = await mailer(1)
      .ping('http://127.0.0.1:1/secret')
      .catch((reason: unknown) => reason);
    t.match(error, { code: 'REPORT_FAILED' });
    t.notMatch(String(error), 'secret');
  },
);
