// Sockets under a test's command: nothing arrives unless the test says so.
import type { Ask, Outcome, ServerAddress } from '../../src/ports/exchange.ts';
import type {
  DatagramEvents,
  DatagramFlow,
  StreamEvents,
  StreamFlow,
  UpstreamSockets,
} from '../../src/ports/sockets.ts';
import { nameOf } from '../../src/wire/name-text.ts';

export class ScriptedDatagram implements DatagramFlow {
  readonly server: ServerAddress;
  readonly events: DatagramEvents;
  readonly sent: Uint8Array[] = [];
  closed = false;

  constructor(server: ServerAddress, events: DatagramEvents) {
    this.server = server;
    this.events = events;
  }

  send(octets: Uint8Array): void {
    this.sent.push(octets);
  }

  close(): void {
    this.closed = true;
  }
}

export class ScriptedStream implements StreamFlow {
  readonly server: ServerAddress;
  readonly events: StreamEvents;
  readonly sent: Uint8Array[] = [];
  closed = false;

  constructor(server: ServerAddress, events: StreamEvents) {
    this.server = server;
    this.events = events;
  }

  send(octets: Uint8Array): void {
    this.sent.push(octets);
  }

  close(): void {
    this.closed = true;
  }
}

export class ScriptedSockets implements UpstreamSockets {
  readonly datagrams: ScriptedDatagram[] = [];
  readonly streams: ScriptedStream[] = [];

  openDatagram(server: ServerAddress, events: DatagramEvents): DatagramFlow {
    const flow = new ScriptedDatagram(server, events);
    this.datagrams.push(flow);
    return flow;
  }

  openStream(server: ServerAddress, events: StreamEvents): StreamFlow {
    const flow = new ScriptedStream(server, events);
    this.streams.push(flow);
    return flow;
  }
}

/** Outcomes as they come, for assertions on number and order. */
export class Outcomes {
  readonly all: Outcome[] = [];
  readonly done = (outcome: Outcome): void => {
    this.all.push(outcome);
  };

  get kinds(): string[] {
    return this.all.map(({ kind }) => kind);
  }
}

export function serverAddress(port = 53, address = '192.0.2.1'): ServerAddress {
  return { address, port, family: address.includes(':') ? 6 : 4, key: `${address}#${port}` };
}

export function askFor(text: string, changes: Partial<Ask> = {}): Ask {
  return {
    server: serverAddress(),
    question: { name: nameOf(text), type: 1, class: 1 },
    transport: 'udp',
    timeoutMs: 400,
    recursionDesired: false,
    checkingDisabled: false,
    edns: true,
    dnssecOk: true,
    randomiseCase: true,
    ...changes,
  };
}

/** The element there, which the test takes for granted. */
export function elementAt<T>(items: readonly T[], index: number): T {
  const item = items.at(index);
  if (item === undefined) throw new Error(`there is no element ${index} among ${items.length}`);
  return item;
}

/** The query turned into a reply: QR set, no OPT, and one A record whose owner is compressed against the question. */
export function replyTo(query: Uint8Array): Uint8Array {
  const questionEnd = questionEndOf(query);
  const record = [0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 1, 0x2c, 0, 4, 192, 0, 2, 99];
  const reply = new Uint8Array(questionEnd + record.length);
  reply.set(query.subarray(0, questionEnd));
  reply.set(record, questionEnd);
  reply.set([0x84, 0x00, 0, 1, 0, 1, 0, 0, 0, 0], 2);
  return reply;
}

export function questionEndOf(message: Uint8Array): number {
  let offset = 12;
  while ((message[offset] ?? 0) !== 0) offset += (message[offset] ?? 0) + 1;
  return offset + 5;
}

/** A copy with some octets changed. */
export function patched(message: Uint8Array, changes: Readonly<Record<number, number>>): Uint8Array {
  const copy = message.slice();
  for (const [offset, octet] of Object.entries(changes)) copy[Number(offset)] = octet;
  return copy;
}
