import t from 'tap';
import { blame, type StageEnd } from '../../../../lib/adapters/host/blame.js';

function end(how: Partial<Omit<StageEnd, 'stderr'>> & { stderr?: string } = {}): StageEnd {
  const { stderr = '', ...rest } = how;
  const ok = rest.signal === undefined && (rest.code ?? 0) === 0;
  const bytes = Buffer.from(stderr);
  return { program: 'p', code: 0, signal: undefined, ok, stopped: false, ...rest, stderr: bytes };
}

const fine = end();
const broken = end({ code: 1 });
const pipe = end({ code: undefined, signal: 'SIGPIPE' });
const stopped = end({ code: undefined, signal: 'SIGTERM', stopped: true });

const CASES: readonly [string, readonly StageEnd[], number | undefined][] = [
  ['nobody when all is well', [fine, fine], undefined],
  ['nobody of none', [], undefined],
  ['the only one that failed', [fine, broken, fine], 1],
  ['the first of two that failed by themselves', [broken, broken], 0],
  ['not the one whose reader failed', [pipe, broken], 1],
  ['not a chain of them', [pipe, pipe, fine, broken], 3],
  ['the middle one, not its writer nor its reader', [pipe, broken, broken], 1],
  ['not one that says so by a code of the shell', [end({ code: 141 }), broken], 1],
  ['not one that says so in words', [end({ code: 32, stderr: 'error: (32) Broken pipe\n' }), broken], 1],
  [
    'not one whose socket was reset',
    [end({ code: 1, stderr: 'write: Connection reset by peer' }), broken],
    1,
  ],
  ['not one that we ended', [stopped, broken], 1],
  ['the writer itself when its reader left in peace', [pipe, fine], 0],
  ['the last of the victims when no reader failed', [pipe, pipe, fine], 1],
  ['a pipe that broke after the failing stage', [broken, pipe], 0],
];

for (const [what, ends, stage] of CASES) {
  void t.test(`it names ${what}`, (t) => {
    t.equal(blame(ends), stage);
    t.end();
  });
}
