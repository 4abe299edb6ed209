import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { play, readScenario } from '../support/life-scenario.js';
import { writesGolden } from '../support/scale.js';

const FOLDER = fileURLToPath(new URL('../../../test/simulation/lifecycle/', import.meta.url));

for (const name of readdirSync(FOLDER).sort())
  void t.test(`${name}: ${readScenario(join(FOLDER, name, 'scenario.yaml')).description}`, async (t) => {
    const expected = join(FOLDER, name, 'expected.log');
    const { log, wrong } = await play(readScenario(join(FOLDER, name, 'scenario.yaml')));
    t.same(wrong, [], 'I1 I7 I9 I10 hold');
    if (writesGolden()) writeFileSync(expected, log);
    t.equal(log, existsSync(expected) ? readFileSync(expected, 'utf8') : '', 'it goes as it went before');
  });
