import t from 'tap';
import { readConfiguration, requireConfiguration } from '../../../lib/config/index.js';
import { describe, droverdConfiguration } from '../../../sandbox/index.js';
import { Ground } from '../../../sandbox/ground.js';

const ground = new Ground('/nowhere', describe({}), 1);
const read = (text: string) => requireConfiguration(readConfiguration(text, { file: 'it' }), 'it');

void t.test('what a daemon of the sandbox is given is sound, and holds more sections as JSON', (t) => {
  const peers = { west: { address: ground.node('west1').address, tls: false, token: 'theirs' } };
  const settings = `mirror: ${JSON.stringify({ peers })}\nschedules: {}\n`;
  for (const { name, address, cluster } of ground.nodes) {
    const config = read(droverdConfiguration(ground, name, { api: true, token: 'ours', settings }));
    t.equal(config.cluster.name, cluster);
    t.same(Object.keys(config.cluster.coordinators), [`${cluster}1`, `${cluster}2`]);
    t.match(config.api, { enabled: true, listen: address, tokens: [{ scopes: ['admin'] }] });
    t.match(config.mirror.peers, { west: { url: 'http://198.18.2.101:7370/api/v1' } });
  }
  t.end();
});

void t.test('without an API there is no token, and times are quicker than the defaults', (t) => {
  const config = read(droverdConfiguration(ground, 'east1'));
  t.match(config.api, { enabled: false, tokens: [] });
  t.equal(config.timers.keepaliveMs, 1_000);
  t.equal(read(droverdConfiguration(ground, 'east1', { keepalive: '7s' })).timers.keepaliveMs, 7_000);
  t.end();
});
