import { chainsOf, type Entry } from './chain.js';

export interface Verdict {
  readonly name: string;
  readonly keep: boolean;
  readonly why: string;
}

/**
 * What of the complete backups of one VM is kept: the newest `fulls` chains, each whole. A backup whose base is not there is
 * left for somebody to look at: it is neither counted nor removed. A word for each, in the order of time.
 */
export function retained(entries: readonly Entry[], fulls: number): readonly Verdict[] {
  const { chains, broken } = chainsOf(entries);
  const kept = chains.slice(Math.max(0, chains.length - Math.max(1, fulls)));
  const verdicts = chains.flatMap((chain) => {
    const place = chains.length - chains.indexOf(chain);
    const keep = kept.includes(chain);
    const why = keep
      ? `of chain ${chain.full.name}, ${place} of ${fulls} kept`
      : `of chain ${chain.full.name}, and ${fulls} newer ones are complete`;
    return chain.entries.map(({ name }) => ({ name, keep, why }));
  });
  const lost = broken.map(({ name, manifest }) => ({
    name,
    keep: true,
    why: `its base ${manifest.parent ?? ''} is not there: not counted, and left alone`,
  }));
  return [...verdicts, ...lost];
}
