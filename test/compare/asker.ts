// Asks one resolver or server: UDP with a large buffer, TCP where the reply is truncated. Replies come out in a form that
// compares, whatever the order of records and the letter case of owners.
import { createSocket, type Socket } from 'node:dgram';
import { connect } from 'node:net';
import { RRType, rcodeText, typeText } from '../../src/wire/constants.ts';
import { extendedErrors } from '../../src/wire/edns.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { type Message, parseMessage } from '../../src/wire/message.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { rdataText } from '../../src/wire/rdata-text.ts';
import { readU16 } from '../../src/wire/reader.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';

export interface Asked {
  readonly name: DomainName;
  readonly type: number;
}

/** How a question is put: RD or not, and CD; DO always. */
export interface Manner {
  readonly recursionDesired?: boolean;
  readonly checkingDisabled?: boolean;
}

export interface Reply {
  /** RCODE, or 'TIMEOUT' or 'UNREADABLE'. */
  readonly status: string;
  readonly authentic: boolean;
  /** 'owner TYPE rdata' without RRSIGs, sorted, owners in lower case. */
  readonly answer: readonly string[];
  /** 'code text' of each Extended DNS Error (RFC 8914). */
  readonly errors: readonly string[];
}

const TIMEOUT_MS = 12_000;
const UDP_OCTETS = 4096;
const DNSSEC_OK = 0x8000;
const BUFFER_OCTETS = 4 << 20;

const noReply: Reply = { status: 'TIMEOUT', authentic: false, answer: [], errors: [] };

interface Waiting {
  readonly query: Buffer;
  readonly done: (octets: Uint8Array | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

export class Asker {
  readonly address: string;
  private readonly socket: Socket;
  private readonly waiting = new Map<number, Waiting>();
  private readonly writer = new MessageWriter();
  private lastId = 0;

  constructor(address: string) {
    this.address = address;
    this.socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_OCTETS });
    this.socket.on('message', (octets) => this.receive(octets));
    // A port that nobody listens on yet: the timer tells.
    this.socket.on('error', () => {});
  }

  /** Asks once; resolves in any case. */
  async ask(asked: Asked, manner: Manner = {}, timeoutMs = TIMEOUT_MS): Promise<Reply> {
    const query = this.query(asked, manner);
    const octets = await this.overUdp(query, timeoutMs);
    if (octets === undefined) return noReply;
    const isTruncated = (readU16(octets, 2) & HeaderFlag.TC) !== 0;
    const whole = isTruncated ? await overTcp(this.address, query, timeoutMs) : octets;
    if (whole === undefined) return noReply;
    const parsed = parseMessage(whole);
    return parsed.ok ? comparable(parsed.message) : { ...noReply, status: 'UNREADABLE' };
  }

  close(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
    this.socket.close();
  }

  private query({ name, type }: Asked, { recursionDesired = true, checkingDisabled = false }: Manner): Buffer {
    do this.lastId = (this.lastId + 1) & 0xffff;
    while (this.waiting.has(this.lastId));
    const flags = (recursionDesired ? HeaderFlag.RD : 0) | (checkingDisabled ? HeaderFlag.CD : 0);
    this.writer.reset(this.lastId, flags, MAX_MESSAGE_OCTETS);
    this.writer.question({ name, type, class: 1 });
    this.writer.edns(UDP_OCTETS, 0, 0, DNSSEC_OK, []);
    return Buffer.from(this.writer.finish());
  }

  private overUdp(query: Buffer, timeoutMs: number): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      const id = readU16(query, 0);
      const done = (octets: Uint8Array | undefined) => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(octets);
      };
      const timer = setTimeout(() => done(undefined), timeoutMs);
      this.waiting.set(id, { query, done, timer });
      this.socket.send(query, 53, this.address, () => {});
    });
  }

  private receive(octets: Uint8Array): void {
    if (octets.length >= 12) this.waiting.get(readU16(octets, 0))?.done(Uint8Array.from(octets));
  }
}

function overTcp(address: string, query: Buffer, timeoutMs: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const connection = connect({ host: address, port: 53 });
    let received = Buffer.alloc(0);
    const end = (octets: Uint8Array | undefined) => {
      connection.destroy();
      resolve(octets);
    };
    connection.setTimeout(timeoutMs, () => end(undefined));
    connection.on('error', () => end(undefined));
    connection.on('close', () => end(undefined));
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      end(Uint8Array.from(received.subarray(2, 2 + received.readUInt16BE(0))));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    connection.write(Buffer.concat([length, query]));
  });
}

function comparable(message: Message): Reply {
  const lines = message.answer
    .filter(({ type }) => type !== RRType.RRSIG)
    .map(
      ({ name, type, rdata }) => `${nameText(name).toLowerCase()} ${typeText(type)} ${comparableRdata(type, rdata)}`,
    );
  return {
    status: rcodeText(message.rcode),
    authentic: (message.header.flags & HeaderFlag.AD) !== 0,
    answer: [...new Set(lines)].sort(),
    errors: extendedErrors(message.edns).map(({ code, text }) => `${code} ${text}`.trim()),
  };
}

/** Names that RDATA consists of compare without letter case: a server's compression may have changed it. */
function comparableRdata(type: number, rdata: Uint8Array): string {
  const text = rdataText(type, rdata);
  return type === RRType.CNAME || type === RRType.DNAME || type === RRType.NS ? text.toLowerCase() : text;
}
