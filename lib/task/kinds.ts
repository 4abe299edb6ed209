import { type TObject, type TProperties } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ArgumentsSchema, TaskProgress, Value } from '../../schemas/index.js';
import { DroverError, type Log } from '../core/index.js';
import type { Store } from '../ports/index.js';

export type Arguments = Readonly<Record<string, unknown>>;

/**
 * Where tasks of a kind run: on the primary and only while it is that; on any node, or the one that the request names
 * in `runOn`; or on the node that is found for the arguments, or any after all, looked up again while the task waits.
 * The look-up fails with an error of the table when there can be no such node: then the task fails with it.
 */
export type Where<Args = Arguments> =
  'primary' | 'any' | ((args: Args, store: Store) => Promise<{ readonly node: string } | 'any'>);

/** What a run has in hand. */
export interface TaskContext<Args = Arguments> {
  readonly id: string;
  readonly args: Args;
  readonly node: string;
  /** From 1. Beyond it an earlier attempt was interrupted at any point: what it left must be looked for first. */
  readonly attempt: number;
  /** What an attempt before this one saved last; undefined when none did. Another version may have written it. */
  readonly resume: unknown;
  /** The key that stands while this attempt is ours: the proof of life of what it owns. */
  readonly proof: { readonly path: string; readonly czxid: bigint };
  /** Aborts when the task is cancelled, when the daemon stops, when the claim is lost, when the primary changes. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Tells how far it is: the latest word wins, at most one a second is written. */
  readonly progress: (progress: TaskProgress) => void;
  /** Keeps `resume`, at most 2 kB of JSON, for a later attempt. Returns when the store has it. */
  readonly save: (resume: unknown) => Promise<void>;
  /** Throws unless the attempt is ours at this very moment, by the lease of the session. Before each destructive call. */
  readonly throwIfOver: () => void;
}

/** One kind of task. */
export interface TaskKind {
  readonly kind: string;
  readonly arguments: ArgumentsSchema;
  readonly where: Where;
  /** How many of the kind one node runs at once. */
  readonly concurrency: number;
  /** Throws BAD_INPUT that names the argument. */
  check(args: Arguments): void;
  run(context: TaskContext): Promise<unknown>;
}

export interface TaskDefinition<P extends TProperties> {
  /** `vm.create_snapshot`: the name of PVC where it has one. */
  readonly kind: string;
  readonly arguments: ArgumentsSchema<P>;
  readonly where: Where<Value<TObject<P>>>;
  /** Default: 4. */
  readonly concurrency?: number;
  /**
   * Does the work and returns the result, JSON or nothing. Whatever it began has to be found by the next attempt: it may
   * be cut at any point. When its signal aborts it tidies up and throws; if it returns all the same, the work is done.
   */
  run(context: TaskContext<Value<TObject<P>>>): Promise<unknown>;
}

const CONCURRENCY = 4;

/** A kind of task, its arguments typed by their schema and checked before anything else sees them. */
export function defineTask<P extends TProperties>(definition: TaskDefinition<P>): TaskKind {
  type Args = Value<TObject<P>>;
  const { kind, where, concurrency = CONCURRENCY } = definition;
  const validator = Compile(definition.arguments as ArgumentsSchema);
  return {
    kind,
    arguments: definition.arguments as ArgumentsSchema,
    concurrency,
    where: typeof where === 'string' ? where : (args: Arguments, store: Store) => where(args as Args, store),
    check(args) {
      if (validator.Check(args)) return;
      const [error] = validator.Errors(args);
      throw badArguments(kind, error);
    },
    run: (context) => definition.run(context as TaskContext<Args>),
  };
}

/** The kinds that a program knows. */
export class Kinds {
  readonly #kinds: ReadonlyMap<string, TaskKind>;

  constructor(kinds: readonly TaskKind[]) {
    this.#kinds = new Map(kinds.map((kind) => [kind.kind, kind]));
  }

  get names(): readonly string[] {
    return [...this.#kinds.keys()].sort();
  }

  /** The kind of a request whose arguments are sound; BAD_INPUT names what is wrong. */
  check(request: { readonly kind: string; readonly args: Arguments; readonly runOn?: string }): TaskKind {
    const { kind: name, args, runOn } = request;
    const kind = this.#kinds.get(name);
    if (kind === undefined)
      throw new DroverError('BAD_INPUT', {
        object: `kind ${JSON.stringify(name)}`,
        reason: `there is no such kind of task; known are ${this.names.join(', ')}`,
      });
    kind.check(args);
    if (runOn !== undefined && kind.where !== 'any')
      throw new DroverError('BAD_INPUT', {
        object: `runOn of ${name}`,
        reason: 'where tasks of this kind run is not the requester’s choice',
        remedy: 'leave it out',
      });
    return kind;
  }
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

function badArguments(kind: string, error: SchemaError | undefined): DroverError {
  const missing = error?.keyword === 'required' ? firstMissing(error.params) : undefined;
  const path = [
    ...(error?.instancePath.split('/').slice(1) ?? []),
    ...(missing === undefined ? [] : [missing]),
  ];
  const object = path.length === 0 ? `arguments of ${kind}` : `argument ${path.join('.')} of ${kind}`;
  return new DroverError('BAD_INPUT', { object, reason: reasonOf(error) });
}

function reasonOf(error: SchemaError | undefined): string {
  switch (error?.keyword) {
    case 'required':
      return 'it is missing';
    // The schema of an argument that is not listed is `false`.
    case 'boolean':
    case 'additionalProperties':
      return 'there is no such argument';
    default:
      return `it ${error?.message ?? 'does not fit'}`;
  }
}

function firstMissing(params: object): string | undefined {
  const names = 'requiredProperties' in params ? params.requiredProperties : undefined;
  return Array.isArray(names) ? String(names[0]) : undefined;
}
