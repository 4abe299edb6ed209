import { DroverError } from '../core/index.js';

/** The longest pattern that is understood, in characters. */
const LONGEST = 128;

type Test = (letter: string) => boolean;

/**
 * A state of the automaton: reads a letter that passes its test and goes on to `next`, or forks without reading. `end`
 * accepts; `start` and `finish` pass only at the beginning and the end of the text.
 */
type State =
  | { readonly is: 'read'; readonly test: Test; readonly next: Link }
  | { readonly is: 'fork'; readonly next: readonly Link[] }
  | { readonly is: 'start' | 'finish'; readonly next: Link }
  | { readonly is: 'end' };
interface Link {
  to: State;
}

const END: State = { is: 'end' };

/**
 * Whether some part of a text matches a pattern, as in PVC's lists: letters, `.`, `[a-z]`, `*`, `+`, `?`, `|`, groups,
 * `^` and `$`. It runs all possibilities side by side, so that its time grows with the length of text and pattern only;
 * no pattern is catastrophic. BAD_INPUT for a pattern that is longer, or not understood.
 */
export function fuzzyPattern(pattern: string): (text: string) => boolean {
  const letters = Array.from(pattern);
  if (letters.length > LONGEST) throw notUnderstood(pattern, `it has more than ${LONGEST} characters`);
  const start = new Parser(pattern, letters).whole();
  return (text) => accepts(start, Array.from(text));
}

function accepts(start: State, letters: readonly string[]): boolean {
  let present = new Set<State>();
  for (let at = 0; ; at += 1) {
    reach(present, start, at === 0, at === letters.length);
    if (present.has(END)) return true;
    const letter = letters[at];
    if (letter === undefined) return false;
    const next = new Set<State>();
    const [first, last] = [false, at + 1 === letters.length];
    for (const state of present)
      if (state.is === 'read' && state.test(letter)) reach(next, state.next.to, first, last);
    present = next;
  }
}

/** Adds what can be reached from `from` without reading. */
function reach(into: Set<State>, from: State, first: boolean, last: boolean): void {
  const waiting = [from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (into.has(state)) continue;
    into.add(state);
    if (state.is === 'fork') waiting.push(...state.next.map(({ to }) => to));
    else if ((state.is === 'start' && first) || (state.is === 'finish' && last)) waiting.push(state.next.to);
  }
}

/** Makes the automaton of what follows first: each part is given the link to what comes after it. */
type Part = (next: Link) => State;

class Parser {
  readonly #pattern: string;
  readonly #letters: readonly string[];
  #at = 0;

  constructor(pattern: string, letters: readonly string[]) {
    this.#pattern = pattern;
    this.#letters = letters;
  }

  whole(): State {
    const part = this.#alternatives();
    if (this.#at < this.#letters.length) throw this.#refuse('it closes a group that was not opened');
    return part({ to: END });
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return (next) => ({ is: 'fork', next: parts.map((part) => ({ to: part(next) })) });
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (!this.#ended() && !this.#sees('|') && !this.#sees(')')) parts.push(this.#repeated(this.#one()));
    // A link, not what it leads to: that may be still to come.
    const nothing: Part = (next) => ({ is: 'fork', next: [next] });
    return parts.reduceRight<Part>((rest, part) => (next) => part({ to: rest(next) }), nothing);
  }

  #repeated(part: Part): Part {
    if (this.#take('*')) return star(part);
    if (this.#take('+')) return (next) => part({ to: star(part)(next) });
    if (this.#take('?')) return (next) => ({ is: 'fork', next: [{ to: part(next) }, next] });
    return part;
  }

  #one(): Part {
    const letter = this.#next();
    switch (letter) {
      case '^':
        return (next) => ({ is: 'start', next });
      case '$':
        return (next) => ({ is: 'finish', next });
      case '.':
        return reading(() => true);
      case '[':
        return reading(this.#oneOf());
      case '\\':
        return reading(same(this.#escaped()));
      case '(': {
        const group = this.#alternatives();
        if (!this.#take(')')) throw this.#refuse('a group is not closed');
        return group;
      }
      case '*':
      case '+':
      case '?':
      case '{':
        throw this.#refuse(`"${letter}" stands where it cannot`);
      default:
        return reading(same(letter));
    }
  }

  #escaped(): string {
    const letter = this.#next();
    if (/[A-Za-z0-9]/.test(letter)) throw this.#refuse(`"\\${letter}" is not known`);
    return letter;
  }

  #oneOf(): Test {
    const negated = this.#take('^');
    const tests: Test[] = [];
    while (tests.length === 0 || !this.#sees(']')) {
      const from = this.#next();
      const to = this.#sees('-') && this.#letters[this.#at + 1] !== ']' ? this.#upTo() : from;
      if (from > to) throw this.#refuse(`the range ${from}-${to} is empty`);
      tests.push((letter) => from <= letter && letter <= to);
    }
    this.#at += 1;
    return (letter) => tests.some((test) => test(letter)) !== negated;
  }

  #upTo(): string {
    this.#at += 1;
    return this.#next();
  }

  #ended(): boolean {
    return this.#at >= this.#letters.length;
  }

  #sees(letter: string): boolean {
    return this.#letters[this.#at] === letter;
  }

  #take(letter: string): boolean {
    if (!this.#sees(letter)) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const letter = this.#letters[this.#at];
    if (letter === undefined) throw this.#refuse('it ends too early');
    this.#at += 1;
    return letter;
  }

  #refuse(reason: string): DroverError {
    return notUnderstood(this.#pattern, reason);
  }
}

function reading(test: Test): Part {
  return (next) => ({ is: 'read', test, next });
}

function same(wanted: string): Test {
  return (letter) => letter === wanted;
}

/** The part again and again: after each round the same fork. */
function star(part: Part): Part {
  return (next) => {
    const back: Link = { to: END };
    const fork: State = { is: 'fork', next: [{ to: part(back) }, next] };
    back.to = fork;
    return fork;
  };
}

function notUnderstood(pattern: string, reason: string): DroverError {
  return new DroverError('BAD_INPUT', {
    object: `limit '${pattern.slice(0, 80)}'`,
    reason,
    remedy: 'write a part of the name, or a simple pattern such as ^web[0-9]+$',
  });
}
