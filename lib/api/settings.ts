/** What a token may do; `admin` includes all others, each of the others includes `read`. */
export const SCOPES = ['read', 'operate', 'mirror', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface ApiToken {
  /** Who it is, in logs and in the history. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly token: string;
}

/** What the API takes from the configuration, secrets already read. */
export interface ApiSettings {
  /** `off`: whoever reaches the port may do everything. */
  readonly authentication: 'token' | 'off';
  readonly tokens: readonly ApiToken[];
  /** Whether it is served by TLS: then the log-in cookie never travels without it. */
  readonly tls: boolean;
}

/** Whoever makes a request. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** Whether `caller` may do what needs `scope`. */
export function mayDo(caller: Caller, scope: Scope): boolean {
  return scope === 'read'
    ? caller.scopes.length > 0
    : caller.scopes.includes(scope) || caller.scopes.includes('admin');
}
