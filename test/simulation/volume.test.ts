import t from 'tap';
import { scale } from '../support/scale.js';
import { VolumeSeed } from '../support/volume-seeds.js';

void t.test(
  'V1 V2 V3 I5 I6: whenever workers are killed, what is asked is done once and wholly',
  async (t) => {
    const seeds = scale({ regular: 40, all: 400 });
    let deaths = 0;
    for (let seed = 1; seed <= seeds; seed += 1) deaths += (await VolumeSeed.run(t, seed)).deaths;
    t.comment(`sample: ${seeds} seeds, ${deaths} deaths of workers`);
    t.ok(deaths > seeds, 'they did die');
  },
);
