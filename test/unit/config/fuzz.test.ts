import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { readConfiguration } from '../../../lib/config/index.js';
import { scale } from '../../support/scale.js';

const RUNS = scale({ regular: 100, all: 600 });

const edit = fc.record({
  line: fc.nat({ max: 200 }),
  text: fc.oneof(
    fc.constantFrom(
      '',
      '  - x',
      'a: 1',
      '  b: [',
      '{}',
      'null',
      '~: 1',
      '<<: *x',
      '? [a]',
      '2001-12-14',
      '!!binary aGk=',
    ),
    fc.string({ maxLength: 20 }),
  ),
  value: fc.boolean(),
});

for (const file of ['full.yaml', 'pvc.conf']) {
  const lines = readFileSync(`test/fixtures/config/${file}`, 'utf8').split('\n');
  void t.test(
    `whatever becomes of ${file}, there is a configuration or a problem, and never a crash`,
    (t) => {
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
          const changed = [...lines];
          for (const { line, text, value } of edits) {
            const at = line % changed.length;
            const old = changed[at] ?? '';
            changed[at] = value ? old.replace(/:.*/, `: ${text}`) : text;
          }
          const { config, problems } = readConfiguration(changed.join('\n'), { file });
          const placed = problems.every(
            ({ line, column }) => line >= 1 && line <= changed.length + 1 && column >= 1,
          );
          return (config === undefined) === problems.length > 0 && placed;
        }),
        { numRuns: RUNS },
      );
      t.end();
    },
  );
}
