import type { Static, TObject, TSchema } from 'typebox';
import type { Store } from '../ports/index.js';
import type { PvcReceiver } from '../pvc/mirror/index.js';
import type { Asked, UseCases } from '../usecase/index.js';
import type { Scope } from './settings.js';
import type { Sight } from './view/sight.js';
import type { VmView } from './view/vm.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What every handler works with. */
export interface Tools {
  readonly store: Store;
  readonly useCases: UseCases;
  readonly vms: VmView;
  /** Peers by name, with the addresses of their APIs. */
  readonly peers: Readonly<Record<string, string>>;
  /** Undefined where no VMs of PVC are taken. */
  readonly pvc: PvcReceiver | undefined;
}

/** One request: who asks for what. */
export interface Call<A = unknown> extends Asked {
  readonly args: A;
  /** A name in the path, decoded. */
  readonly name: (placeholder: string) => string;
  /** The same for a path that may be without it. */
  readonly optionalName: (placeholder: string) => string | undefined;
  /** What this request reads of the store. */
  readonly sight: Sight;
}

/** An answer; a status other than 200, headers and an empty body are for the few that need them. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** One row of the table of routes, from which the server and openapi.json are made. */
export interface Route {
  readonly method: Method;
  /** Below `/api/v1`, with names in braces: `/vm/{vm}/state`. */
  readonly path: string;
  /** Undefined: anybody may ask. */
  readonly scope: Scope | undefined;
  readonly summary: string;
  readonly args: TObject;
  /** The body of the usual answer. */
  readonly body: TSchema;
  /** Status of the usual answer. */
  readonly status: number;
  readonly handle: (call: Call, tools: Tools) => Promise<Answer>;
}

interface RouteOptions<S extends TObject> extends Omit<Route, 'handle' | 'args' | 'status'> {
  readonly args: S;
  readonly status?: number;
  readonly handle: (call: Call<Static<S>>, tools: Tools) => Promise<Answer>;
}

/** A row whose handler gets its arguments as their schema says. */
export function route<S extends TObject>(options: RouteOptions<S>): Route {
  const { handle, ...rest } = options;
  return {
    status: 200,
    ...rest,
    handle: (call, tools) => handle(call as Call<Static<S>>, tools),
  };
}

/** An answer of 200 with this body. */
export async function answer(body: unknown): Promise<Answer> {
  return { body: await body };
}

/** An answer of 200 with a sentence. */
export async function said(sentence: Promise<string> | string): Promise<Answer> {
  return { body: { message: singleQuotes(await sentence) } };
}

/** PVC's clients expect no double quotes in a message. */
export function singleQuotes(sentence: string): string {
  return sentence.replaceAll('"', "'");
}
