// The load generator, a process of its own: sends the queries of a file with a fixed number under way, and prints what
// came of it as one line of JSON. Its processor time is not the resolver's.
import { createSocket, type Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { readU16 } from '../../src/wire/reader.ts';

export interface LoadOptions {
  readonly address: string;
  readonly port: number;
  /** Queries one after the other, each behind two octets of length; IDs are made here. */
  readonly file: string;
  /** Queries under way at once. */
  readonly window: number;
  /** Queries to send; the file starts over when it is at its end. */
  readonly count: number;
}

export interface LoadResult {
  readonly answered: number;
  /** Never answered, after several attempts. */
  readonly lost: number;
  readonly resent: number;
  readonly seconds: number;
  /** Replies by RCODE. */
  readonly rcodes: Record<string, number>;
  readonly authentic: number;
}

const SOCKETS = 4;
const RESEND_AFTER_MS = 2_000;
const MAX_ATTEMPTS = 4;
const SWEEP_MS = 200;
const BUFFER_OCTETS = 4 << 20;

interface UnderWay {
  readonly query: Buffer;
  sentAtMs: number;
  attempts: number;
}

export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const queries = readQueries(options.file);
  const rcodes: Record<string, number> = {};
  const tables: Map<number, UnderWay>[] = [];
  const sockets: Socket[] = [];
  let sent = 0;
  let answered = 0;
  let lost = 0;
  let resent = 0;
  let authentic = 0;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const next = (index: number, id: number) => {
    if (answered + lost === options.count) finish();
    if (sent === options.count) return;
    const query = Buffer.from(queries[sent % queries.length] ?? []);
    sent++;
    query.writeUInt16BE(id, 0);
    tables[index]?.set(id, { query, sentAtMs: performance.now(), attempts: 1 });
    sockets[index]?.send(query, 0, query.length, undefined);
  };
  for (let index = 0; index < SOCKETS; index++) {
    const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_OCTETS });
    const table = new Map<number, UnderWay>();
    tables.push(table);
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('message', (octets) => {
      const id = readU16(octets, 0);
      if (!table.delete(id)) return;
      answered++;
      const flags = readU16(octets, 2);
      rcodes[flags & 0xf] = (rcodes[flags & 0xf] ?? 0) + 1;
      if ((flags & 0x20) !== 0) authentic++;
      next(index, id);
    });
    await new Promise<void>((resolve) => socket.connect(options.port, options.address, resolve));
  }
  const sweep = setInterval(() => {
    const nowMs = performance.now();
    for (const [index, table] of tables.entries()) {
      for (const [id, entry] of table) {
        if (nowMs - entry.sentAtMs < RESEND_AFTER_MS) continue;
        if (entry.attempts >= MAX_ATTEMPTS) {
          table.delete(id);
          lost++;
          next(index, id);
          continue;
        }
        entry.attempts++;
        entry.sentAtMs = nowMs;
        resent++;
        sockets[index]?.send(entry.query, () => {});
      }
    }
  }, SWEEP_MS);
  const startedAtMs = performance.now();
  for (let slot = 0; slot < Math.min(options.window, options.count); slot++) next(slot % SOCKETS, slot);
  await finished;
  const seconds = (performance.now() - startedAtMs) / 1000;
  clearInterval(sweep);
  for (const socket of sockets) socket.close();
  return { answered, lost, resent, seconds, rcodes, authentic };
}

function readQueries(file: string): Buffer[] {
  const octets = readFileSync(file);
  const queries: Buffer[] = [];
  for (let offset = 0; offset + 2 <= octets.length; ) {
    const end = offset + 2 + octets.readUInt16BE(offset);
    queries.push(octets.subarray(offset + 2, end));
    offset = end;
  }
  return queries;
}

const [given] = process.argv.slice(2);
if (import.meta.url === `file://${process.argv[1]}` && given !== undefined) {
  console.log(JSON.stringify(await generateLoad(JSON.parse(given))));
}
