import type { Socket } from 'node:net';
import { messageOf } from '../../core/index.js';
import { Frames } from './frames.js';
import type { Protocol } from './internals.js';

export interface ConnectionEvents {
  /** The server gave us the session: requests may be made. */
  welcome(): void;
  /** The server says that the session is over. */
  expired(): void;
  /** Called once, before the unanswered requests are told. */
  down(reason: string): void;
}

/** One connection of a session: its bytes, cut into frames, and its end, which is told once, whatever caused it. */
export class Connection {
  readonly #socket: Socket;
  readonly #protocol: Protocol;
  readonly #events: ConnectionEvents;
  // Of this connection alone: half a frame dies with the connection that it came by.
  readonly #frames = new Frames();
  #welcomed = false;
  #down = false;

  constructor(socket: Socket, protocol: Protocol, events: ConnectionEvents) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#events = events;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => protocol.drained());
    socket.on('end', () => this.destroy('closed by the server'));
    socket.on('error', (error) => this.destroy(messageOf(error)));
    socket.on('close', () => this.destroy('closed'));
    protocol.attach(socket);
  }

  destroy(reason: string): void {
    if (this.#down) return;
    this.#down = true;
    this.#events.down(reason);
    this.#socket.destroy();
    this.#protocol.detach();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) {
        if (this.#down) return;
        this.#take(frame);
      }
    } catch (error) {
      this.destroy(messageOf(error));
    }
  }

  #take(frame: Buffer): void {
    const word = this.#protocol.receive(frame);
    if (this.#welcomed) return;
    if (word === 'expired') this.#events.expired();
    if (word !== 'welcome') return;
    this.#welcomed = true;
    this.#events.welcome();
  }
}
