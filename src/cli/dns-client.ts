// One question to one server, over UDP with TCP after truncation: for people who ask, not for resolving.
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createConnection, isIPv6 } from 'node:net';
import { EdnsOptionCode } from '../wire/constants.ts';
import type { EdnsOption } from '../wire/edns.ts';
import { HeaderFlag } from '../wire/header.ts';
import { type Message, parseMessage, parseTruncated, type Question } from '../wire/message.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../wire/writer.ts';

export interface QueryOptions {
  readonly recursionDesired: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  readonly dnssecOk: boolean;
  readonly edns: boolean;
  readonly nsid: boolean;
  readonly tcp: boolean;
  /** Keep a truncated reply instead of asking again over TCP. */
  readonly ignoreTruncation: boolean;
  readonly udpOctets: number;
  readonly timeoutMs: number;
  /** Attempts over UDP. */
  readonly tries: number;
}

export interface Server {
  readonly address: string;
  readonly port: number;
}

export type QueryResult =
  | {
      readonly ok: true;
      readonly message: Message;
      readonly transport: 'udp' | 'tcp';
      readonly server: Server;
      readonly octets: number;
      readonly milliseconds: number;
    }
  | { readonly ok: false; readonly error: string };

/** Asks; failures are results. */
export async function askServer(question: Question, server: Server, options: QueryOptions): Promise<QueryResult> {
  const startedAtMs = performance.now();
  const id = randomInt(0x10000);
  const octets = buildQuery(id, question, options);
  if (!options.tcp) {
    const reply = await askOverUdp(octets, id, question, server, options);
    if (reply.kind === 'failed') return { ok: false, error: reply.error };
    const isTruncated = (reply.message.header.flags & HeaderFlag.TC) !== 0;
    if (!isTruncated || options.ignoreTruncation) return result(reply, 'udp', server, startedAtMs);
  }
  const reply = await askOverTcp(octets, id, question, server, options);
  if (reply.kind === 'failed') return { ok: false, error: `${reply.error} (TCP)` };
  return result(reply, 'tcp', server, startedAtMs);
}

type Reply =
  | { readonly kind: 'reply'; readonly message: Message; readonly octets: number }
  | { readonly kind: 'failed'; readonly error: string };

function result(
  reply: Extract<Reply, { kind: 'reply' }>,
  transport: 'udp' | 'tcp',
  server: Server,
  startedAtMs: number,
): QueryResult {
  const milliseconds = Math.round((performance.now() - startedAtMs) * 10) / 10;
  return { ok: true, message: reply.message, transport, server, octets: reply.octets, milliseconds };
}

function buildQuery(id: number, question: Question, options: QueryOptions): Uint8Array {
  const writer = new MessageWriter();
  const flags =
    (options.recursionDesired ? HeaderFlag.RD : 0) |
    (options.authenticData ? HeaderFlag.AD : 0) |
    (options.checkingDisabled ? HeaderFlag.CD : 0);
  writer.reset(id, flags, MAX_MESSAGE_OCTETS);
  writer.question(question);
  if (options.edns || options.dnssecOk || options.nsid) {
    const nsid: EdnsOption[] = options.nsid ? [{ code: EdnsOptionCode.NSID, data: new Uint8Array(0) }] : [];
    writer.edns(options.udpOctets, 0, 0, options.dnssecOk ? 0x8000 : 0, nsid);
  }
  return writer.finish();
}

/** The reply to our question; undefined for anything else. Text says why a matching message cannot be read. */
function matchingReply(octets: Uint8Array, id: number, question: Question): Message | string | undefined {
  const parsed = parseMessage(octets);
  const message = parsed.ok ? parsed.message : parseTruncated(octets);
  if (message === undefined || message.header.id !== id || (message.header.flags & HeaderFlag.QR) === 0)
    return undefined;
  const { name, type, class: rrclass } = message.question;
  if (!name.equals(question.name) || type !== question.type || rrclass !== question.class) return undefined;
  if (parsed.ok || (message.header.flags & HeaderFlag.TC) !== 0) return message;
  return `the reply is malformed: ${parsed.code} at octet ${parsed.offset}`;
}

function askOverUdp(
  octets: Uint8Array,
  id: number,
  question: Question,
  server: Server,
  options: QueryOptions,
): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    let attempts = 0;
    let timeout: NodeJS.Timeout;
    let settled = false;
    const finish = (reply: Reply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timeout);
      socket.close();
      resolve(reply);
    };
    const attempt = () => {
      if (attempts++ >= options.tries) {
        finish({ kind: 'failed', error: `no reply within ${options.timeoutMs / 1000} s, ${options.tries} times` });
        return;
      }
      timeout = setTimeout(attempt, options.timeoutMs);
      socket.send(octets);
    };
    socket.on('error', (error) => finish({ kind: 'failed', error: reasonOf(error) }));
    socket.on('message', (message) => {
      const reply = matchingReply(new Uint8Array(message), id, question);
      if (typeof reply === 'string') finish({ kind: 'failed', error: reply });
      else if (reply !== undefined) finish({ kind: 'reply', message: reply, octets: message.length });
    });
    // A callback would be given the error instead of the listener above.
    socket.once('connect', attempt);
    socket.connect(server.port, server.address);
  });
}

function askOverTcp(
  octets: Uint8Array,
  id: number,
  question: Question,
  server: Server,
  options: QueryOptions,
): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    const finish = (reply: Reply) => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(options.timeoutMs, () =>
      finish({ kind: 'failed', error: `no reply within ${options.timeoutMs / 1000} s` }),
    );
    socket.on('error', (error) => finish({ kind: 'failed', error: reasonOf(error) }));
    socket.on('close', () => finish({ kind: 'failed', error: 'the server closed the connection without a reply' }));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const length = received.length < 2 ? undefined : received.readUInt16BE(0);
      if (length === undefined || received.length < length + 2) return;
      const reply = matchingReply(new Uint8Array(received.subarray(2, length + 2)), id, question);
      if (typeof reply === 'string') finish({ kind: 'failed', error: reply });
      else if (reply === undefined) finish({ kind: 'failed', error: 'the reply is to another question' });
      else finish({ kind: 'reply', message: reply, octets: length });
    });
    const framed = Buffer.alloc(octets.length + 2);
    framed.writeUInt16BE(octets.length, 0);
    framed.set(octets, 2);
    socket.write(framed);
  });
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)';
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH') return 'the network is unreachable';
  return error.message;
}
