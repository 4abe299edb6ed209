import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HostFiles } from '../../../../lib/adapters/host/index.js';
import { LIMITS } from '../../../../lib/core/index.js';

const files = new HostFiles();

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

async function withUmask(mask: number, work: () => Promise<void>): Promise<void> {
  const before = process.umask(mask);
  try {
    await work();
  } finally {
    process.umask(before);
  }
}

void t.test('a file is read whole, and none is undefined', async (t) => {
  const dir = t.testdir({ text: 'späß', empty: '' });
  t.same(await files.read(join(dir, 'text')), Buffer.from('späß'));
  t.same(await files.read(join(dir, 'empty')), Buffer.alloc(0));
  t.equal(await files.read(join(dir, 'none')), undefined);
  t.equal(await files.read(join(dir, 'none', 'deeper')), undefined);
  t.match(
    Buffer.from((await files.read('/proc/self/status'))!).toString(),
    /^Name:/,
    'one without a size too',
  );
});

void t.test('a file over the limit is refused, one of the limit is not', async (t) => {
  const dir = t.testdir({});
  const path = join(dir, 'large');
  writeFileSync(path, Buffer.alloc(LIMITS.fileBytes));
  t.equal((await files.read(path))?.length, LIMITS.fileBytes);
  writeFileSync(path, Buffer.alloc(LIMITS.fileBytes + 1));
  await t.rejects(files.read(path), { code: 'FILE_FAILED', object: path });
});

void t.test('what is no file is not read, and a FIFO without a writer is not waited for', async (t) => {
  const dir = t.testdir({ file: '' });
  const fifo = join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await t.rejects(files.read(fifo), { code: 'FILE_FAILED', object: fifo });
  await t.rejects(files.read(dir), { code: 'FILE_FAILED', object: dir });
  await t.rejects(files.read(join(dir, 'file', 'x')), { code: 'FILE_FAILED', cause: { code: 'ENOTDIR' } });
});

void t.test('a file is made and replaced, text or bytes, and nothing stays beside it', async (t) => {
  const dir = t.testdir({});
  const path = join(dir, 'state.json');
  await files.replace(path, 'one', 0o644);
  t.equal(readFileSync(path, 'utf8'), 'one');
  const inode = statSync(path).ino;
  await files.replace(path, Buffer.from([0, 255]), 0o644);
  t.same(readFileSync(path), Buffer.from([0, 255]));
  t.not(statSync(path).ino, inode, 'it is a new file, not the old one written over');
  t.same(readdirSync(dir), ['state.json']);
});

void t.test('the mode is exact, whatever the umask', async (t) => {
  const dir = t.testdir({});
  for (const mask of [0o000, 0o022, 0o777])
    for (const mode of [0o600, 0o666]) {
      const path = join(dir, `${mask}-${mode}`);
      await withUmask(mask, () => files.replace(path, '', mode));
      t.equal(modeOf(path), mode, `mode ${mode.toString(8)} under umask ${mask.toString(8)}`);
    }
  const path = join(dir, 'secret');
  writeFileSync(path, 'old', { mode: 0o644 });
  await files.replace(path, 'new', 0o600);
  t.equal(modeOf(path), 0o600, 'also over one with another mode');
});

void t.test('M41: a reader sees one text or the other, never a part or none', async (t) => {
  const path = join(t.testdir({}), 'file');
  const texts = ['a'.repeat(300_000), 'b'.repeat(200_000)];
  await files.replace(path, texts[0]!, 0o600);
  const done = new AbortController();
  const seen = new Set<string>();
  const reading = (async () => {
    while (!done.signal.aborted) seen.add(Buffer.from((await files.read(path)) ?? 'none').toString());
  })();
  for (let n = 0; n < 30; n++) await files.replace(path, texts[(n + 1) % 2]!, 0o600);
  done.abort();
  await reading;
  t.ok(seen.size > 0);
  for (const text of seen) t.ok(texts.includes(text), `${text.length} bytes`);
});

void t.test('replaces of one file at once leave one of the texts whole', async (t) => {
  const dir = t.testdir({});
  const path = join(dir, 'file');
  const texts = Array.from({ length: 10 }, (_, n) => String(n).repeat(10_000));
  await Promise.all(texts.map((text) => files.replace(path, text, 0o600)));
  t.ok(texts.includes(readFileSync(path, 'utf8')));
  t.same(readdirSync(dir), ['file']);
});

void t.test('a failed replace leaves everything as it was', async (t) => {
  const dir = t.testdir({ target: { inside: 'kept' } });
  const path = join(dir, 'target');
  await t.rejects(files.replace(path, 'text', 0o600), {
    code: 'FILE_FAILED',
    object: path,
    cause: { code: 'EISDIR' },
  });
  t.same(readdirSync(dir), ['target']);
  t.equal(readFileSync(join(path, 'inside'), 'utf8'), 'kept');
  const nowhere = join(dir, 'none', 'file');
  await t.rejects(files.replace(nowhere, '', 0o600), { code: 'FILE_FAILED', cause: { code: 'ENOENT' } });
});

void t.test('a link is replaced itself, not what it points to', async (t) => {
  const dir = t.testdir({ real: 'untouched' });
  symlinkSync('real', join(dir, 'link'));
  await files.replace(join(dir, 'link'), 'text', 0o600);
  t.ok(lstatSync(join(dir, 'link')).isFile());
  t.equal(readFileSync(join(dir, 'real'), 'utf8'), 'untouched');
});

void t.test('a file is removed, and none is fine', async (t) => {
  const dir = t.testdir({ file: '', directory: {} });
  await files.remove(join(dir, 'file'));
  t.same(readdirSync(dir), ['directory']);
  await files.remove(join(dir, 'file'));
  await t.rejects(files.remove(join(dir, 'directory')), {
    code: 'FILE_FAILED',
    object: join(dir, 'directory'),
  });
});

void t.test(
  'a directory is made with its parents and its mode; one that is there keeps its own',
  async (t) => {
    const dir = t.testdir({ file: '' });
    const deep = join(dir, 'a', 'b', 'c');
    await withUmask(0o077, () => files.makeDirectory(deep, 0o755));
    t.ok(statSync(deep).isDirectory());
    t.equal(modeOf(deep), 0o755);
    chmodSync(deep, 0o700);
    await files.makeDirectory(deep, 0o755);
    t.equal(modeOf(deep), 0o700);
    await files.makeDirectory('/', 0o755);
    const blocked = join(dir, 'file', 'x');
    await t.rejects(files.makeDirectory(blocked, 0o755), { code: 'FILE_FAILED', object: blocked });
  },
);

void t.test('a directory is listed in order, and none is undefined', async (t) => {
  const dir = t.testdir({ b: '', a: {}, B: '', '10': '', '9': '' });
  t.same(await files.list(dir), ['10', '9', 'B', 'a', 'b']);
  t.equal(await files.list(join(dir, 'none')), undefined);
  await t.rejects(files.list(join(dir, 'b')), { code: 'FILE_FAILED', cause: { code: 'ENOTDIR' } });
});
