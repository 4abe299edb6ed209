import { execFile } from 'node:child_process';
import t from 'tap';

void t.test('the program reads a real file and ends with the code of its verdict', async (t) => {
  const drover = (file: string) =>
    new Promise<{ code: unknown; out: string }>((resolve) => {
      execFile(process.execPath, ['dist/cli/main.js', 'config', 'check', file], (error, out) => {
        resolve({ code: error?.code ?? 0, out });
      });
    });
  const good = await drover('docs/examples/drover.yaml');
  t.match(good, { code: 0, out: 'docs/examples/drover.yaml: read as drover.yaml, no problems\n' });
  t.equal((await drover('test/fixtures/config/broken.yaml')).code, 1);
});
