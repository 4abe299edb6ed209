import type { Files } from '../ports/index.js';

/** Counters of one network card since the machine's start. */
interface Counters {
  readonly rxBytes: number;
  readonly rxPackets: number;
  readonly txBytes: number;
  readonly txPackets: number;
}

/** All cards at one moment of the monotonic clock, in milliseconds. */
export interface NetworkSample {
  readonly at: number;
  readonly cards: ReadonlyMap<string, Counters>;
}

/** Reads /proc/net/dev: proc(5). Bridges, taps and loops are nobody's wire. */
export async function sampleNetwork(files: Files, at: number): Promise<NetworkSample> {
  const bytes = await files.read('/proc/net/dev');
  const lines = bytes === undefined ? [] : new TextDecoder().decode(bytes).split('\n').slice(2);
  const cards = lines.flatMap((line): [string, Counters][] => {
    const [name = '', figures] = line.split(':');
    const fields = figures?.trim().split(/\s+/).map(Number) ?? [];
    const [rxBytes, rxPackets] = fields;
    const [txBytes, txPackets] = fields.slice(8);
    const card = name.trim();
    if (rxBytes === undefined || rxPackets === undefined || txBytes === undefined || txPackets === undefined)
      return [];
    if (/^(lo|br|vnet|tap|veth|docker|virbr)/.test(card)) return [];
    return [[card, { rxBytes, rxPackets, txBytes, txPackets }]];
  });
  return { at, cards: new Map(cards) };
}

/** The JSON of `/nodes/{node}/network_stats` between two samples: bits and packets a second (N39: a packet is one packet). */
export async function networkText(
  files: Files,
  before: NetworkSample,
  after: NetworkSample,
): Promise<string> {
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  const entries = await Promise.all(
    [...after.cards].map(async ([card, now]) => {
      const then = before.cards.get(card) ?? now;
      const rate = (key: keyof Counters, each: number) =>
        Math.max(0, Math.round(((now[key] - then[key]) * each) / seconds));
      const [rxBps, txBps] = [rate('rxBytes', 8), rate('txBytes', 8)];
      const [rxPps, txPps] = [rate('rxPackets', 1), rate('txPackets', 1)];
      const figures = {
        ...{ rx_bps: rxBps, rx_pps: rxPps, tx_bps: txBps, tx_pps: txPps },
        ...{ total_bps: rxBps + txBps, total_pps: rxPps + txPps },
        link_speed: Math.max(0, Number((await line(files, card, 'speed')) ?? 0) || 0) * 1_000_000,
        state: (await line(files, card, 'operstate')) ?? 'unknown',
      };
      return [card, figures] as const;
    }),
  );
  return JSON.stringify(Object.fromEntries(entries));
}

/** A file of sysfs; a card that has no speed answers with an error. */
async function line(files: Files, card: string, name: string): Promise<string | undefined> {
  try {
    const bytes = await files.read(`/sys/class/net/${card}/${name}`);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes).trim();
  } catch {
    return undefined;
  }
}
