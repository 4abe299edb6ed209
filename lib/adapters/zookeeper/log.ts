/** Where the session layer reports: a pino logger fits. */
export interface StoreLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const nothing = (): void => undefined;

/** For who does not want to hear it. */
export const SILENT: StoreLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
