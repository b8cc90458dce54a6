// A UDP client: numbers its queries and tells which were answered, when, and with what.
import { createSocket, type Socket } from 'node:dgram';
import { readU16 } from '../../src/wire/reader.ts';

export interface Reply {
  /** Undefined when none came in time. */
  readonly octets: Uint8Array | undefined;
  readonly tookMs: number;
}

interface Waiting {
  readonly sentAtMs: number;
  readonly done: (reply: Reply) => void;
}

const SWEEP_MS = 250;
const RECEIVE_BUFFER_OCTETS = 1 << 20;

export class DnsSocket {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #timeoutMs: number;
  readonly #sweep: NodeJS.Timeout;
  #nextId = 0;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.on('message', (octets) => this.#onMessage(octets));
    socket.on('error', () => {});
    this.#sweep = setInterval(() => this.#giveUp(), SWEEP_MS);
  }

  static async connect(port: number, timeoutMs: number): Promise<DnsSocket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: RECEIVE_BUFFER_OCTETS });
    await new Promise<void>((resolve) => socket.connect(port, '127.0.0.1', resolve));
    return new DnsSocket(socket, timeoutMs);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Sends octets to which no reply is expected. */
  send(octets: Uint8Array): void {
    this.#socket.send(octets, () => {});
  }

  /** Sends a query under an ID of its own; `done` is called once. */
  ask(octets: Uint8Array, done: (reply: Reply) => void): void {
    do this.#nextId = (this.#nextId + 1) & 0xffff;
    while (this.#waiting.has(this.#nextId));
    const numbered = octets.slice();
    numbered[0] = this.#nextId >> 8;
    numbered[1] = this.#nextId & 0xff;
    this.#waiting.set(this.#nextId, { sentAtMs: performance.now(), done });
    this.#socket.send(numbered, () => {});
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#socket.close();
  }

  #onMessage(octets: Uint8Array): void {
    if (octets.length < 12) return;
    const id = readU16(octets, 0);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.done({ octets, tookMs: performance.now() - waiting.sentAtMs });
  }

  /** In order of sending, so that the first is the oldest. */
  #giveUp(): void {
    const nowMs = performance.now();
    for (const [id, { sentAtMs, done }] of this.#waiting) {
      if (nowMs - sentAtMs < this.#timeoutMs) return;
      this.#waiting.delete(id);
      done({ octets: undefined, tookMs: nowMs - sentAtMs });
    }
  }
}
