import t from 'tap';
import {
  asDroverError,
  DroverError,
  ERROR_CODES,
  type ErrorCode,
  isDroverError,
  messageOf,
} from '../../../lib/core/index.js';

const complaint = { object: '/nodes/hv1', reason: 'the version moved from 3 to 5' };

void t.test('every code of the table makes a whole sentence and a status of HTTP', (t) => {
  t.ok(ERROR_CODES.length > 20);
  t.equal(new Set(ERROR_CODES).size, ERROR_CODES.length);
  for (const code of ERROR_CODES) {
    const error = new DroverError(code, complaint);
    t.match(code, /^[A-Z]+(_[A-Z]+)*$/, `${code} is a code`);
    t.ok(error.status >= 400 && error.status <= 599, `${code} has status ${error.status}`);
    // object: title: reason (remedy)
    t.match(
      error.message,
      /^\/nodes\/hv1: [^:()]+: the version moved from 3 to 5 \([^()]+\)$/,
      error.message,
    );
    t.notMatch(error.remedy, /[.!]$/, `${code}: a remedy is a clause`);
  }
  t.end();
});

void t.test('codes of one title would be one code', (t) => {
  const titles = ERROR_CODES.map((code) => new DroverError(code, complaint).message.split(': ')[1]);
  t.equal(new Set(titles).size, titles.length);
  t.end();
});

void t.test('an error carries its parts and its cause', (t) => {
  const cause = new Error('BadVersion');
  const error = new DroverError('STORE_CONFLICT', complaint, cause);
  t.match(error, { name: 'DroverError', code: 'STORE_CONFLICT', status: 409, ...complaint });
  t.equal(error.cause, cause);
  t.ok(error instanceof Error);
  t.match(error.stack, /errors\.test/);
  t.end();
});

void t.test('a remedy of its own takes the place of the general one', (t) => {
  const remedy = 'stop VM web1 first';
  const error = new DroverError('REFUSED', { ...complaint, remedy });
  t.equal(error.remedy, remedy);
  t.ok(error.message.endsWith(`(${remedy})`));
  t.end();
});

void t.test('the guard tells the table from the rest, and one code from another', (t) => {
  const error: unknown = new DroverError('HELD', complaint);
  t.ok(isDroverError(error));
  t.ok(isDroverError(error, 'HELD'));
  t.ok(isDroverError(error, 'BUSY', 'HELD'));
  t.notOk(isDroverError(error, 'BUSY'));
  for (const other of [new Error('HELD'), { code: 'HELD' }, 'HELD', undefined, null]) {
    t.notOk(isDroverError(other));
    t.notOk(isDroverError(other, 'HELD'));
  }
  if (isDroverError(error, 'HELD', 'BUSY')) {
    const narrowed: 'HELD' | 'BUSY' = error.code;
    t.equal(narrowed, 'HELD');
  }
  t.end();
});

void t.test('anything thrown has a sentence', (t) => {
  t.equal(messageOf(new Error('text')), 'text');
  t.equal(messageOf('text'), 'text');
  t.equal(messageOf(undefined), 'undefined');
  t.equal(messageOf({ toString: () => 'odd' }), 'odd');
  t.end();
});

void t.test('anything thrown becomes an error of the table, and one of the table stays itself', (t) => {
  const own = new DroverError('BUSY', complaint);
  t.equal(asDroverError(own, 'elsewhere'), own);
  const foreign = new TypeError('x is not a function');
  const made = asDroverError(foreign, 'VM web1');
  const code: ErrorCode = 'INTERNAL';
  t.match(made, { code, object: 'VM web1', reason: 'x is not a function' });
  t.equal(made.cause, foreign);
  t.equal(asDroverError('text', 'o').cause, 'text');
  t.end();
});
