import { torn } from './stretch.js';

/** A part begins, some of its bytes, or its end. */
export type PartPiece =
  { readonly kind: 'begin' } | { readonly kind: 'data'; readonly bytes: Buffer } | { readonly kind: 'end' };

/** The headers of a part at most. */
const HEADER_BYTES = 16 * 1024;
const HEADERS_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const DASHES = Buffer.from('--');

/** The boundary in a Content-Type of `multipart/form-data`; undefined when it is another. */
export function boundaryOf(type: string | undefined): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(type ?? '') ?? [];
  return quoted ?? plain;
}

/**
 * Reads a body of `multipart/form-data` (RFC 7578) as it comes, whatever its length. Names and headers of parts say nothing
 * here. BAD_INPUT unless it comes to its end.
 */
export async function* readParts(
  object: string,
  boundary: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<PartPiece> {
  const reader = new PartReader(object, boundary);
  for await (const chunk of body) yield* reader.push(chunk);
  if (!reader.ended) throw torn(object, 'it breaks off in the middle');
}

class PartReader {
  readonly #object: string;
  readonly #delimiter: Buffer;
  #input: Buffer = LINE_END;
  #state: 'outside' | 'delimiter' | 'headers' | 'data' | 'ended' = 'outside';

  constructor(object: string, boundary: string) {
    this.#object = object;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`);
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  *push(chunk: Uint8Array): Generator<PartPiece> {
    this.#input = Buffer.concat([this.#input, chunk]);
    for (;;) {
      const before = this.#state;
      const left = this.#input.length;
      const piece = this.#next();
      if (piece !== undefined) yield piece;
      if (piece === undefined && this.#state === before && this.#input.length === left) return;
    }
  }

  #next(): PartPiece | undefined {
    switch (this.#state) {
      case 'outside':
        this.#outside();
        return undefined;
      case 'delimiter':
        this.#afterDelimiter();
        return undefined;
      case 'headers':
        return this.#headers();
      case 'data':
        return this.#data();
      case 'ended':
        this.#input = Buffer.alloc(0);
        return undefined;
    }
  }

  #outside(): void {
    const at = this.#input.indexOf(this.#delimiter);
    if (at >= 0) this.#enter('delimiter', at + this.#delimiter.length);
    else if (this.#input.length > HEADER_BYTES)
      throw torn(this.#object, 'it does not begin with its boundary');
  }

  #afterDelimiter(): void {
    if (this.#input.length < 2) return;
    const two = this.#input.subarray(0, 2);
    if (two.equals(DASHES)) this.#enter('ended', 2);
    // The headers end with an empty line: there may be none.
    else if (two.equals(LINE_END)) this.#enter('headers', 0);
    else throw torn(this.#object, 'something follows its boundary');
  }

  #headers(): PartPiece | undefined {
    const at = this.#input.indexOf(HEADERS_END);
    if (at < 0 && this.#input.length > HEADER_BYTES)
      throw torn(this.#object, 'the headers of a part have no end');
    if (at < 0) return undefined;
    this.#enter('data', at + HEADERS_END.length);
    return { kind: 'begin' };
  }

  #data(): PartPiece | undefined {
    const at = this.#input.indexOf(this.#delimiter);
    if (at === 0) {
      this.#enter('delimiter', this.#delimiter.length);
      return { kind: 'end' };
    }
    // What may be the beginning of a delimiter waits for the rest of it.
    const sure = at > 0 ? at : this.#input.length - this.#delimiter.length + 1;
    if (sure <= 0) return undefined;
    const bytes = this.#input.subarray(0, sure);
    this.#input = this.#input.subarray(sure);
    return { kind: 'data', bytes };
  }

  #enter(state: 'delimiter' | 'headers' | 'data' | 'ended', taken: number): void {
    this.#state = state;
    this.#input = this.#input.subarray(taken);
  }
}
