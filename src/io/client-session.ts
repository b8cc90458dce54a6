// One client's TCP connection: reads queries while it may, writes replies as they are ready, in any order (RFC 7766).
//
// What keeps it bounded: queries in work and unsent replies pause the reading; a message, a reply, an answer and the
// rest of a half-closed connection each have a deadline.
import type { Socket } from 'node:net';
import type { Timer } from '../ports/timers.ts';
import { HEADER_OCTETS } from '../wire/header.ts';
import type { Client } from './client.ts';
import type { ClientStreams } from './client-streams.ts';
import { framed, MessageCutter } from './stream-framing.ts';

export class ClientSession {
  /** When it began to idle, monotonic. */
  idleSinceMs = 0;
  readonly network: string;
  private readonly owner: ClientStreams;
  private readonly socket: Socket;
  private readonly client: Client;
  private readonly input = new MessageCutter();
  /** Replies behind the one that is being written. */
  private readonly backlog: Uint8Array[] = [];
  private backlogOctets = 0;
  private writing = false;
  private sendingOctets = 0;
  private inWork = 0;
  private taken = 0;
  private delivering = false;
  private reading = true;
  /** The client has closed its side. */
  private halfClosed = false;
  private closed = false;
  private messageTimer: Timer | undefined;
  private writeTimer: Timer | undefined;
  private workTimer: Timer | undefined;
  private halfClosedTimer: Timer | undefined;

  constructor(owner: ClientStreams, socket: Socket, client: Client, network: string) {
    this.owner = owner;
    this.socket = socket;
    this.client = client;
    this.network = network;
    socket.on('data', (chunk) => {
      this.input.append(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      this.advance();
    });
    socket.on('end', () => {
      this.halfClosed = true;
      this.halfClosedTimer = this.wakeIn(owner.limits.halfClosedMs, () => this.destroy());
      this.advance();
    });
    // `close` follows, whatever the error was.
    socket.on('error', () => {});
    socket.on('close', () => this.release());
  }

  /** Closes at once; replies to queries in work go nowhere. */
  destroy(): void {
    this.socket.destroy();
    this.release();
  }

  private get isIdle(): boolean {
    return this.inWork === 0 && !this.writing && !this.input.isWithinMessage;
  }

  /** Hands over the queries that have come, as far as the limits allow, and sets reading and deadlines accordingly. */
  private advance(): void {
    // A reply within the hand-over leads here again; the outer call goes on by itself.
    if (this.closed || this.delivering) return;
    const limits = this.owner.limits;
    let messages = 0;
    let mayTake = this.mayTake();
    this.delivering = true;
    try {
      while (mayTake) {
        const octets = this.input.next();
        if (octets === undefined) break;
        if (octets.length < HEADER_OCTETS) {
          this.owner.counters.tcpProtocolErrors++;
          this.destroy();
          break;
        }
        messages++;
        this.take(octets);
        mayTake = this.mayTake();
      }
    } finally {
      this.delivering = false;
    }
    if (this.closed) return;

    if (mayTake !== this.reading) {
      this.reading = mayTake;
      if (mayTake) this.socket.resume();
      else this.socket.pause();
    }
    // While reading pauses it is not the client who is slow.
    const incomplete = mayTake && this.input.isWithinMessage;
    if (this.messageTimer !== undefined && (!incomplete || messages > 0)) {
      this.messageTimer.cancel();
      this.messageTimer = undefined;
    }
    if (incomplete && this.messageTimer === undefined) {
      this.messageTimer = this.wakeIn(limits.messageMs, () => {
        this.owner.counters.tcpSlowMessages++;
        this.destroy();
      });
    }
    if (this.halfClosed && this.inWork === 0 && !this.writing) {
      // An incomplete message will never be whole. Both sides having ended, the socket closes once all is sent.
      this.socket.end();
    } else if (this.isExhausted && this.inWork === 0 && !this.writing) {
      this.endExhausted();
    } else if (this.isIdle) {
      this.owner.becameIdle(this);
    } else {
      this.owner.becameBusy(this);
    }
  }

  /** It has brought as many queries as one connection may. */
  private get isExhausted(): boolean {
    return this.taken >= this.owner.limits.maxQueries;
  }

  /** Says that no more replies will come. A client that does not close its side is not waited for. */
  private endExhausted(): void {
    if (this.halfClosedTimer !== undefined) return;
    this.halfClosedTimer = this.wakeIn(this.owner.limits.halfClosedMs, () => this.destroy());
    this.socket.end();
  }

  private mayTake(): boolean {
    const { maxPipelined, maxBacklogOctets } = this.owner.limits;
    return (
      !this.closed &&
      !this.isExhausted &&
      this.inWork < maxPipelined &&
      this.backlogOctets + this.sendingOctets <= maxBacklogOctets
    );
  }

  private take(octets: Uint8Array): void {
    this.owner.counters.tcpQueries++;
    this.taken++;
    this.inWork++;
    if (this.inWork === 1) this.restartWorkTimer();
    let replied = false;
    this.owner.onQuery(octets, this.client, (reply) => {
      if (replied) return;
      replied = true;
      if (this.closed) return;
      this.inWork--;
      this.restartWorkTimer();
      if (reply !== undefined) this.write(reply);
      this.advance();
    });
  }

  private restartWorkTimer(): void {
    this.workTimer?.cancel();
    this.workTimer = undefined;
    if (this.inWork === 0) return;
    this.workTimer = this.wakeIn(this.owner.limits.workMs, () => {
      this.owner.counters.tcpOverdue++;
      this.destroy();
    });
  }

  /** One reply at a time is with the socket, so that each one that leaves is progress. */
  private write(octets: Uint8Array): void {
    const frame = framed(octets);
    this.owner.counters.tcpReplies++;
    if (this.writing) {
      this.backlog.push(frame);
      this.backlogOctets += frame.length;
      return;
    }
    this.writeFrame(frame);
  }

  private writeFrame(frame: Uint8Array): void {
    this.socket.write(frame, this.afterWrite);
    // The kernel has taken it already: by far the commonest case.
    if (this.socket.writableLength === 0) return;
    this.writing = true;
    this.sendingOctets = frame.length;
    this.restartWriteTimer();
  }

  private readonly afterWrite = (): void => {
    if (this.closed || !this.writing || this.socket.destroyed || this.socket.writableLength > 0) return;
    this.writing = false;
    this.sendingOctets = 0;
    this.writeTimer?.cancel();
    while (!this.writing) {
      const frame = this.backlog.shift();
      if (frame === undefined) break;
      this.backlogOctets -= frame.length;
      this.writeFrame(frame);
    }
    this.advance();
  };

  private restartWriteTimer(): void {
    this.writeTimer?.cancel();
    this.writeTimer = this.wakeIn(this.owner.limits.writeMs, () => {
      this.owner.counters.tcpStalledWrites++;
      this.destroy();
    });
  }

  private wakeIn(delayMs: number, wake: () => void): Timer {
    return this.owner.timers.at(this.owner.clock.monotonicMs() + delayMs, wake);
  }

  private release(): void {
    if (this.closed) return;
    this.closed = true;
    this.messageTimer?.cancel();
    this.writeTimer?.cancel();
    this.workTimer?.cancel();
    this.halfClosedTimer?.cancel();
    this.owner.ended(this);
  }
}
