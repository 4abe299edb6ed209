/**
 * Runs the test suites and prints `N passed, N failed` alone on the last line.
 *
 *   node dist/test/run.js regular|all [SUITE …]
 *
 * A suite is a folder of compiled tests. `all` gives every suite its full length (`DROVER_TEST_SCALE=all`).
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

interface Suite {
  readonly name: string;
  /** Folder under `dist/test`. */
  readonly folder: string;
  /** Test files at once. */
  readonly jobs: number;
  /** Runs on the current long-term release, always at the regular length: what it adds is the other Node. */
  readonly node24?: boolean;
  /** Only in the long run. */
  readonly long?: boolean;
  /** Seconds for one file. */
  readonly limit: { readonly regular: number; readonly all: number };
}

const SUITES: readonly Suite[] = [
  { name: 'unit', folder: 'unit', jobs: 2, limit: { regular: 120, all: 240 } },
  { name: 'unit-node24', folder: 'unit', jobs: 2, node24: true, limit: { regular: 120, all: 240 } },
  { name: 'simulation', folder: 'simulation', jobs: 2, limit: { regular: 180, all: 1800 } },
  {
    name: 'simulation-node24',
    folder: 'simulation',
    jobs: 2,
    ...{ node24: true, long: true },
    limit: { regular: 180, all: 1800 },
  },
  { name: 'zookeeper', folder: 'zookeeper', jobs: 1, limit: { regular: 240, all: 900 } },
  { name: 'sandbox', folder: 'sandbox', jobs: 1, limit: { regular: 600, all: 3600 } },
];

const dist = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dist);

interface Tally {
  passed: number;
  failed: number;
}

async function main(args: readonly string[]): Promise<number> {
  const [scale = 'regular', ...names] = args;
  if (scale !== 'regular' && scale !== 'all') {
    console.error(`run: the scale is "regular" or "all", not ${JSON.stringify(scale)}`);
    return 2;
  }
  const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    const known = SUITES.map((suite) => suite.name).join(', ');
    console.error(`run: no suite ${unknown.join(', ')}; there are: ${known}`);
    return 2;
  }
  const total: Tally = { passed: 0, failed: 0 };
  for (const suite of SUITES) {
    if (names.length > 0 ? !names.includes(suite.name) : suite.long === true && scale !== 'all') continue;
    const files = testFiles(join(dist, 'test', suite.folder));
    if (files.length === 0) continue;
    const began = process.hrtime.bigint();
    console.log(`\n# suite ${suite.name}: ${files.length} files`);
    const tally = await runSuite(suite, scale, files);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    console.log(
      `# suite ${suite.name}: ${tally.passed} passed, ${tally.failed} failed in ${seconds.toFixed(1)} s`,
    );
    total.passed += tally.passed;
    total.failed += tally.failed;
  }
  if (total.passed + total.failed === 0) {
    console.error('run: not one test ran');
    total.failed = 1;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

function testFiles(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith('.test.js'))
    .sort()
    .map((name) => relative(root, join(folder, name)));
}

/** Runs tap over the files, shows what failed and the time of each file, and counts the assertions. */
async function runSuite(suite: Suite, scale: 'regular' | 'all', files: readonly string[]): Promise<Tally> {
  const node = suite.node24 === true ? node24() : process.execPath;
  const tap = join(root, 'node_modules', 'tap', 'dist', 'esm', 'run.mjs');
  const length = suite.node24 === true ? 'regular' : scale;
  const child = spawn(
    node,
    [tap, '-R', 'tap', `--jobs=${suite.jobs}`, `--timeout=${suite.limit[length]}`, ...files],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        DROVER_TEST_SCALE: length,
        PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}`,
      },
    },
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const report = new Report();
  for await (const line of createInterface({ input: child.stdout })) report.line(line);
  const code = await ended;
  return report.tally(code);
}

/** Reads the TAP stream: prints each file's line, the surroundings of what failed, and tap's own totals. */
class Report {
  #passed = 0;
  #failed = 0;
  #total = false;
  #diagnosing = 0;

  line(line: string): void {
    const totals = /^# \{ total: (\d+)(?:, pass: (\d+))?(?:, fail: (\d+))?/.exec(line);
    if (totals !== null) {
      this.#total = true;
      this.#passed = Number(totals[2] ?? 0);
      this.#failed = Number(totals[3] ?? 0);
      return;
    }
    const failed = /^\s*not ok /.test(line);
    if (failed) this.#diagnosing = 40;
    const told = /^\s*# (sample|seed|measured|note):/.test(line);
    if (failed || told || /^ok \d+ - /.test(line) || this.#diagnosing > 0) console.log(line);
    if (/^\s*\.\.\.$/.test(line)) this.#diagnosing = 0;
    else if (!failed && this.#diagnosing > 0) this.#diagnosing -= 1;
  }

  /** tap's exit code counts too: a run that ended badly without a failed assertion is one failure. */
  tally(code: number): Tally {
    const failed = this.#failed > 0 || (code === 0 && this.#total) ? this.#failed : 1;
    return { passed: this.#passed, failed };
  }
}

function node24(): string {
  const name = `node-linux-${process.arch}`;
  return join(root, 'test', 'node24', 'node_modules', name, 'bin', 'node');
}

process.exitCode = await main(process.argv.slice(2));
