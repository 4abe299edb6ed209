/** Words to people outside the cluster. Each call fails with REPORT_FAILED, CANCELLED or DEADLINE. */
export interface Mailer {
  /** Sends one mail; returns when the server, or the program that sends, has taken it for every recipient. */
  mail(letter: Letter, signal?: AbortSignal): Promise<void>;
  /** Posts a JSON body; an answer other than 2xx is a failure. The address is a secret and stands in no error. */
  post(url: string, body: unknown, signal?: AbortSignal): Promise<void>;
  /** A GET of an address; an answer other than 2xx is a failure. */
  ping(url: string, signal?: AbortSignal): Promise<void>;
}

export interface Letter {
  readonly to: readonly string[];
  /** Undefined: `drover@` and the name of the host. */
  readonly from: string | undefined;
  readonly subject: string;
  readonly text: string;
}
