/**
 * A lock contender: an ephemeral sequential child of the locked key, in the names of Kazoo's lock recipe. Found under
 * any key, so every reader of children must expect it.
 */
export interface Contender {
  readonly name: string;
  /** 32 hex digits that its owner chose. */
  readonly token: string;
  /** `lock`: exclusive or write; `rlock`: read. */
  readonly kind: 'lock' | 'rlock';
  /** Given by the store: the lower one came first. */
  readonly sequence: number;
}

const NAME = /^([0-9a-f]{32})__(lock|rlock)__(\d{10})$/;

/** The contender that a child's name says, or undefined for any other child. */
export function contenderOf(name: string): Contender | undefined {
  const [, token, kind, sequence] = NAME.exec(name) ?? [];
  if (token === undefined || sequence === undefined) return undefined;
  return { name, token, kind: kind === 'rlock' ? 'rlock' : 'lock', sequence: Number(sequence) };
}

/** The children that are not contenders, in their order. */
export function withoutContenders(names: readonly string[]): string[] {
  return names.filter((name) => contenderOf(name) === undefined);
}

/** The contenders among the children, by sequence. */
export function contendersOf(names: readonly string[]): Contender[] {
  return names.flatMap((name) => contenderOf(name) ?? []).sort((one, other) => one.sequence - other.sequence);
}
