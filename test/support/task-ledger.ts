import type { Task, TaskClaim, TaskStatus } from '../../schemas/index.js';
import type { SimStoreService, Transaction } from '../../lib/sim/index.js';
import { isEnded } from '../../lib/task/index.js';

const KEY = /^\/drover\/tasks\/([^/]+)(?:\/(status|claim|cancel))?$/;
const TERM = /^\/drover\/election\/epoch\/\d+$/;

/** A claim as it really stood at the service. */
export interface ClaimSpan {
  readonly task: string;
  readonly attempt: number;
  readonly session: string;
  readonly fromMs: number;
  toMs: number;
}

interface Entry {
  request: Task | undefined;
  status: TaskStatus | undefined;
  claim: ClaimSpan | undefined;
  ends: number;
  creates: number;
}

/** What became of every task, by what the service really applied; and everything in it that must never be. */
export class TaskLedger {
  readonly tasks = new Map<string, Entry>();
  readonly claims: ClaimSpan[] = [];
  readonly violations: string[] = [];
  readonly #service: SimStoreService;
  /** `<task>/<attempt>` → what a run of that attempt returns. */
  readonly #tokens: ReadonlyMap<string, string>;
  #read = 0;

  constructor(service: SimStoreService, tokens: ReadonlyMap<string, string>) {
    this.#service = service;
    this.#tokens = tokens;
  }

  /** Takes in what was applied since the last time. */
  update(): this {
    const { history } = this.#service;
    for (; this.#read < history.length; this.#read += 1) {
      const transaction = history[this.#read];
      if (transaction !== undefined) this.#take(transaction);
    }
    return this;
  }

  /** Tasks that have not ended, or whose claim stands. */
  get open(): readonly string[] {
    return [...this.tasks]
      .filter(([, task]) => task.request !== undefined && (!isEnded(task.status) || task.claim !== undefined))
      .map(([id]) => id);
  }

  #take(transaction: Transaction): void {
    const byTerm = transaction.writes.some(({ op, path }) => op === 'check' && TERM.test(path));
    const claimed = new Set<string>();
    const held = new Map<string, ClaimSpan | undefined>();
    for (const write of transaction.writes) {
      const [, id, key] = KEY.exec(write.path) ?? [];
      if (id === undefined || write.op === 'check') continue;
      const task = this.#task(id);
      if (!held.has(id)) held.set(id, task.claim);
      const at = `task ${id} at ${transaction.atMs}`;
      const data = write.op === 'delete' ? undefined : parsed(write.data);
      if (key === undefined) {
        if (write.op === 'create') task.creates += 1;
        if (write.op === 'delete' && !isEnded(task.status)) this.#wrong(`${at}: deleted before it ended`);
        task.request = write.op === 'delete' ? undefined : ((data ?? {}) as Task);
        if (write.op === 'delete') task.status = undefined;
      } else if (key === 'claim') {
        if (write.op === 'create') {
          claimed.add(id);
          this.#claim(task, id, transaction, data as TaskClaim);
          if (task.request?.kind === 'sim.primary' && !byTerm)
            this.#wrong(`${at}: claimed by who may not lead`);
        } else this.#endClaim(task, transaction, at);
      } else if (key === 'status' && write.op !== 'delete') {
        const next = data as TaskStatus;
        this.#status(task, next, {
          at,
          id,
          byTerm,
          transaction,
          held: held.get(id),
          claims: claimed.has(id),
        });
        task.status = next;
      }
    }
  }

  #claim(task: Entry, id: string, { atMs, session }: Transaction, claim: TaskClaim): void {
    if (isEnded(task.status)) this.#wrong(`task ${id} at ${atMs}: claimed after it ended`);
    if (task.claim !== undefined) this.#wrong(`task ${id} at ${atMs}: claimed twice`);
    task.claim = { task: id, attempt: claim.attempt, session, fromMs: atMs, toMs: Infinity };
    this.claims.push(task.claim);
  }

  #endClaim(task: Entry, { atMs, session, kind }: Transaction, at: string): void {
    if (task.claim === undefined) return;
    if (task.claim.session !== session) this.#wrong(`${at}: the claim was deleted by another (${kind})`);
    task.claim.toMs = atMs;
    task.claim = undefined;
  }

  #status(
    task: Entry,
    next: TaskStatus,
    by: {
      readonly at: string;
      readonly id: string;
      readonly byTerm: boolean;
      readonly transaction: Transaction;
      readonly held: ClaimSpan | undefined;
      readonly claims: boolean;
    },
  ): void {
    const { at, held } = by;
    const former = task.status;
    if (isEnded(former)) this.#wrong(`${at}: ${former?.state ?? ''} became ${next.state}`);
    if (isEnded(next)) task.ends += 1;
    if (by.claims) {
      const fits = next.state === 'running' && next.attempt === (former?.attempt ?? 0) + 1;
      if (!fits) this.#wrong(`${at}: claimed as attempt ${next.attempt} after ${former?.attempt ?? 0}`);
      return;
    }
    if (held !== undefined) {
      if (held.session !== by.transaction.session) this.#wrong(`${at}: written by one who has no claim`);
      if (next.attempt !== held.attempt) this.#wrong(`${at}: written for another attempt`);
    } else if (former !== undefined && !by.byTerm) this.#wrong(`${at}: written without a claim or a term`);
    if (isEnded(next) && task.claim !== undefined) {
      const gone = by.transaction.writes.some(
        ({ op, path }) => op === 'delete' && path.endsWith(`/${by.id}/claim`),
      );
      if (!gone) this.#wrong(`${at}: ended, and its claim stands`);
    }
    if (next.state !== 'done') return;
    const token = (next.result as { readonly token?: string } | undefined)?.token;
    if (token === undefined || token !== this.#tokens.get(`${by.id}/${next.attempt}`))
      this.#wrong(`${at}: its result is not that of attempt ${next.attempt}`);
  }

  #task(id: string): Entry {
    const known = this.tasks.get(id);
    if (known !== undefined) return known;
    const fresh: Entry = { request: undefined, status: undefined, claim: undefined, ends: 0, creates: 0 };
    this.tasks.set(id, fresh);
    return fresh;
  }

  #wrong(what: string): void {
    this.violations.push(what);
  }
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data)) as unknown;
  } catch {
    return undefined;
  }
}
