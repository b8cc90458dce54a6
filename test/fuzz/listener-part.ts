// Random and mutated packets to the built program's listener, over UDP and TCP. What parseRequest calls a query must be
// answered in time; the rest must do no harm.
import { connect, type Socket } from 'node:net';
import { framed, MessageCutter } from '../../src/io/stream-framing.ts';
import { parseRequest } from '../../src/server/request.ts';
import { rcodeText } from '../../src/wire/constants.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { DnsSocket } from './dns-socket.ts';
import { type Failures, type PartResult, Tally } from './failures.ts';
import { fuzzQuestion, SOUND_ZONE } from './fuzz-internet.ts';
import { queryFor, randomBits } from './fuzz-query.ts';
import { mutateMessage, randomMessage, randomOctets } from './mutation.ts';
import { MAX_WAIT_MS } from './prober.ts';
import type { Program } from './program.ts';

/** Sockets that send at the same time. */
const LANES = 4;
/** Packets in a row from one socket: few enough for the receive buffer of the listener. */
const BURST = 24;
/** One packet in so many goes over TCP. */
const TCP_SHARE = 20;
const CONNECTIONS = 6;
const MESSAGES_PER_CONNECTION = 8;
/** Names repeat, so that most answers come from the cache. */
const SERIALS = 2_000;

/** Sends `count` packets. */
export async function fuzzListener(
  program: Program,
  count: number,
  seed: number,
  failures: Failures,
): Promise<PartResult> {
  const tally = new Tally();
  const startedAtMs = performance.now();
  const tcp = Math.floor(count / TCP_SHARE);
  const udp = count - tcp;
  const perLane = Math.ceil(udp / LANES);
  await Promise.all([
    ...Array.from({ length: LANES }, (_, lane) => {
      const share = Math.min(perLane, udp - lane * perLane);
      return sendDatagrams(program, share, new SeededRandom(seed + lane), failures, tally);
    }),
    ...Array.from({ length: CONNECTIONS }, (_, lane) => {
      const share = Math.ceil(tcp / CONNECTIONS);
      return playStreams(
        program,
        Math.min(share, tcp - lane * share),
        new SeededRandom(seed + 100 + lane),
        failures,
        tally,
      );
    }),
  ]);
  return {
    name: 'packets to the listener',
    packets: count,
    seconds: (performance.now() - startedAtMs) / 1000,
    outcomes: tally.text(),
  };
}

function fuzzPacket(random: SeededRandom): Uint8Array {
  const kind = random.below(8);
  if (kind === 0) return randomMessage(random);
  const question = fuzzQuestion(SOUND_ZONE, random.below(SERIALS), random);
  const query = queryFor(question, random.below(0x10000), randomBits(random));
  const octets = kind === 1 ? query : mutateMessage(query, random);
  // A flag that says "reply" ends the reading at once; most packets are to get further than that.
  const flags = octets[2];
  if (flags !== undefined && random.below(4) > 0) octets[2] = flags & 0x7d;
  return octets;
}

async function sendDatagrams(
  program: Program,
  count: number,
  random: SeededRandom,
  failures: Failures,
  tally: Tally,
): Promise<void> {
  const socket = await DnsSocket.connect(program.port, MAX_WAIT_MS);
  for (let sent = 0; sent < count && program.isRunning; ) {
    const size = Math.min(BURST, count - sent);
    await new Promise<void>((resolve) => {
      let open = 1;
      const close = () => {
        if (--open === 0) resolve();
      };
      for (let index = 0; index < size; index++) {
        // The last of a burst is sound: when it has been answered, all before it have been read.
        const octets = index === size - 1 ? soundQuery(random) : fuzzPacket(random);
        if (octets.length < 12 || deservesNoReply(octets)) {
          tally.add('deserves no reply');
          socket.send(octets);
          continue;
        }
        open++;
        socket.ask(octets, (reply) => {
          if (reply.octets === undefined || reply.tookMs > MAX_WAIT_MS) {
            failures.add(`a query waited ${reply.tookMs.toFixed(0)} ms (kernel drops: ${program.kernelDrops})`, octets);
          } else {
            tally.add(rcodeText((reply.octets[3] ?? 0) & 0xf));
          }
          close();
        });
      }
      close();
    });
    sent += size;
  }
  socket.close();
}

/** What is no query, and a NOTIFY that nobody may send here, are dropped without a word. */
function deservesNoReply(octets: Uint8Array): boolean {
  const { kind } = parseRequest(octets);
  return kind === 'drop' || kind === 'notify';
}

function soundQuery(random: SeededRandom): Uint8Array {
  return queryFor(fuzzQuestion(SOUND_ZONE, random.below(SERIALS), random), 0, randomBits(random));
}

/** One connection after the other: queries that must be answered, then something that no client should send. */
async function playStreams(
  program: Program,
  count: number,
  random: SeededRandom,
  failures: Failures,
  tally: Tally,
): Promise<void> {
  for (let sent = 0; sent < count && program.isRunning; ) {
    const size = Math.min(1 + random.below(MESSAGES_PER_CONNECTION), count - sent);
    sent += size;
    await playStream(program.port, size, random, failures, tally);
  }
}

async function playStream(
  port: number,
  size: number,
  random: SeededRandom,
  failures: Failures,
  tally: Tally,
): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.setNoDelay(true);
  const cutter = new MessageCutter();
  let replies = 0;
  let hasEnded = false;
  let wake = () => {};
  socket.on('error', () => {});
  socket.on('close', () => {
    hasEnded = true;
    wake();
  });
  socket.on('data', (chunk) => {
    cutter.append(Uint8Array.from(chunk));
    for (let reply = cutter.next(); reply !== undefined; reply = cutter.next()) {
      replies++;
      tally.add(`TCP ${rcodeText((reply[3] ?? 0) & 0xf)}`);
    }
    wake();
  });
  const queries = Array.from({ length: size - 1 }, () => {
    const octets = fuzzPacket(random);
    return octets.length < 12 || deservesNoReply(octets) ? soundQuery(random) : octets;
  });
  writeInPieces(socket, queries, random);
  const startedAtMs = performance.now();
  const timer = setTimeout(() => wake(), MAX_WAIT_MS);
  const isLate = () => performance.now() - startedAtMs >= MAX_WAIT_MS;
  while (replies < queries.length && !hasEnded && !isLate()) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  clearTimeout(timer);
  if (replies < queries.length) {
    const how = hasEnded ? 'the connection was closed' : `${MAX_WAIT_MS} ms`;
    failures.add(
      `TCP: ${queries.length - replies} of ${queries.length} queries unanswered after ${how}`,
      queries[replies],
    );
  }
  tally.add('TCP framing game');
  playFramingGame(socket, random);
  // Some games are to be noticed by the server while the connection still stands.
  if (random.below(4) === 0) await new Promise((resolve) => setTimeout(resolve, random.below(20)));
  if (random.below(2) === 0) socket.destroy();
  else socket.resetAndDestroy();
}

function writeInPieces(socket: Socket, queries: readonly Uint8Array[], random: SeededRandom): void {
  const stream = Buffer.concat(queries.map(framed));
  for (let offset = 0; offset < stream.length; ) {
    const end = random.below(2) === 0 ? stream.length : offset + 1 + random.below(80);
    socket.write(stream.subarray(offset, end));
    offset = end;
  }
}

function playFramingGame(socket: Socket, random: SeededRandom): void {
  const octets = fuzzPacket(random);
  const withLength = (length: number) => Uint8Array.of((length >> 8) & 0xff, length & 0xff, ...octets);
  const games = [
    () => socket.write(withLength(octets.length + 1 + random.below(1000))),
    () => socket.write(withLength(Math.max(0, octets.length - 1 - random.below(12)))),
    () => socket.write(Uint8Array.of(0, 0, 0, 0, 0, 0)),
    () => socket.write(Uint8Array.of(0xff)),
    () => socket.write(Uint8Array.of(0xff, 0xff)),
    () => socket.write(randomOctets(1 + random.below(3000), random)),
    () => socket.end(framed(octets)),
    () => socket.write(framed(octets)),
  ];
  games[random.below(games.length)]?.();
}
