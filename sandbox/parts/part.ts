/** One long-lived program of a sandbox: what part.sh starts. */
export interface Part {
  readonly name: string;
  /** The host whose network it is in; undefined: the sandbox's own level. */
  readonly host: string | undefined;
  /** The node that it runs on and dies with. */
  readonly node: string | undefined;
  readonly command: readonly string[];
}

/** The script that becomes the part's process. */
export function partScript(part: Part): string {
  const inHost = part.host === undefined || part.node !== undefined ? [] : ['ip', 'netns', 'exec', part.host];
  return `exec ${[...inHost, ...part.command].map(quote).join(' ')}\n`;
}

function quote(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
