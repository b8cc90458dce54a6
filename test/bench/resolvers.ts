// The resolvers that are compared: each started anew, with equal settings, on an address of its own.
import { createSocket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseType, RRClass } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';
import type { Child } from './child.ts';
import { type Peer, type Scene, startPeer } from './peers.ts';

export interface Resolver {
  readonly peer: Peer;
  readonly address: string;
  readonly port: number;
  readonly child: Child;
  /** From its start to its first answer, milliseconds. */
  readonly firstAnswerMs: number;
}

export const RESOLVER_ADDRESS = '127.0.0.1';
const START_MS = 20_000;
let serial = 0;

/** Starts a resolver; resolves when it answers a question for the root. */
export async function startResolver(peer: Peer, scene: Scene): Promise<Resolver> {
  const port = 20_000 + serial++;
  const startedMs = performance.now();
  const child = startPeer(peer, scene, join(scene.folder, `${peer}-${serial}`), RESOLVER_ADDRESS, port);
  while (!(await answers(port))) {
    if (!child.isRunning || performance.now() - startedMs > START_MS)
      throw new Error(`${peer} does not answer:\n${child.log}`);
  }
  return { peer, address: RESOLVER_ADDRESS, port, child, firstAnswerMs: performance.now() - startedMs };
}

const writer = new MessageWriter();

/** The octets of a query with RD; with EDNS and DO when `dnssecOk`. */
export function queryOctets(name: string, type: string, dnssecOk: boolean): Uint8Array {
  writer.reset(0, HeaderFlag.RD, MAX_MESSAGE_OCTETS);
  writer.question({ name: nameOf(name), type: parseType(type) ?? 1, class: RRClass.IN });
  if (dnssecOk) writer.edns(1232, 0, 0, 0x8000, []);
  return writer.finish();
}

/** Writes queries for the load generator. */
export function writeQueries(file: string, names: readonly string[], dnssecOk: boolean): string {
  const parts = names.flatMap((name) => {
    const octets = queryOctets(name, 'A', dnssecOk);
    return [Uint8Array.of(octets.length >> 8, octets.length & 0xff), octets];
  });
  writeFileSync(file, Buffer.concat(parts));
  return file;
}

/** Writes questions for `dnsperf`: a name and a type a line. */
export function writeQuestions(file: string, names: readonly string[]): string {
  writeFileSync(file, names.map((name) => `${name} A\n`).join(''));
  return file;
}

/** How long one attempt at an answer waits, and what is waited after it when nobody listens yet. */
const ATTEMPT_MS = 20;
const PAUSE_MS = 2;

/** Whether a resolver on this port answers the question with NOERROR. */
export function answers(port: number, name = '.', type = 'NS'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const end = (isAnswered: boolean) => {
      clearTimeout(timer);
      socket.close();
      // An RCODE comes at once from a resolver that has no more servers to ask; then wait a little as well.
      setTimeout(() => resolve(isAnswered), isAnswered ? 0 : PAUSE_MS);
    };
    const timer = setTimeout(() => end(false), ATTEMPT_MS);
    socket.on('error', () => end(false));
    socket.on('message', (octets) => end(((octets[3] ?? 0) & 0xf) === 0));
    socket.connect(port, RESOLVER_ADDRESS, () => socket.send(queryOctets(name, type, false), () => {}));
  });
}
