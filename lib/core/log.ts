/**
 * What a component writes its events to; pino's logger is one. Fields before words: `vm`, `node`, `task`, `request`,
 * `durationMs`. error: a request failed for good. warn: someone should look. info: a state changed, once. debug: the
 * rest.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Drops everything. */
export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
