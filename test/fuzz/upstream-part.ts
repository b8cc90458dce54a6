// Servers that lie to the built program over real sockets: each reply is changed, and every client must be answered.

import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import { type LabServer, startLabServer } from '../../src/lab/server.ts';
import { rcodeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { readU16 } from '../../src/wire/reader.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { DnsSocket } from './dns-socket.ts';
import { type Failures, type PartResult, Tally } from './failures.ts';
import { fuzzQuestion, hostileAddress } from './fuzz-internet.ts';
import { queryFor, randomBits } from './fuzz-query.ts';
import { mutateReply } from './mutation.ts';
import { MAX_WAIT_MS } from './prober.ts';
import type { Program } from './program.ts';

/** Questions under way at once. */
const CLIENTS = 400;
/** Servers of each hostile zone: lies make the program avoid a server for a while. */
const SERVERS_PER_ZONE = 3;
const NO_LIES = 0x10000;
/** Where lies do not come by themselves, because the program has given up on a zone, the part ends after so long. */
const MAX_MS_PER_PACKET = 20;

/** The lying servers, which count what they have changed. */
export class HostileServers {
  changed = 0;
  readonly #servers: LabServer[] = [];

  static async start(hierarchy: Hierarchy, zones: readonly string[], seed: number): Promise<HostileServers> {
    const hostile = new HostileServers();
    for (const index of zones.keys()) {
      const served = hierarchy.servers.get(hostileAddress(index));
      if (served === undefined) continue;
      for (let server = 0; server < SERVERS_PER_ZONE; server++) {
        const random = new SeededRandom(seed + 1000 + hostile.#servers.length);
        // Some lie always, some seldom, so that the program gets to every depth before it meets a lie.
        const oneIn = [1, 2, 3, 8][(index + server) % 4] ?? NO_LIES;
        const mutate = (reply: Uint8Array) => {
          if (random.below(oneIn) !== 0) return reply;
          hostile.changed++;
          return mutateReply(reply, random);
        };
        hostile.#servers.push(await startLabServer({ address: '127.0.0.1', port: 0, zones: served, mutate }));
      }
    }
    return hostile;
  }

  /** Ports of the servers of one zone. */
  portsOf(index: number): number[] {
    return this.#servers.slice(index * SERVERS_PER_ZONE, (index + 1) * SERVERS_PER_ZONE).map(({ port }) => port);
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

/** Asks for names in the hostile zones until `count` changed replies have been sent. */
export async function fuzzUpstream(
  program: Program,
  hostile: HostileServers,
  zones: readonly string[],
  count: number,
  seed: number,
  failures: Failures,
): Promise<PartResult> {
  const random = new SeededRandom(seed);
  const tally = new Tally();
  const startedAtMs = performance.now();
  const before = hostile.changed;
  const socket = await DnsSocket.connect(program.port, MAX_WAIT_MS);
  let serial = 0;
  const isDone = () =>
    hostile.changed - before >= count ||
    !program.isRunning ||
    performance.now() - startedAtMs > 30_000 + count * MAX_MS_PER_PACKET;
  const askOne = (): Promise<void> => {
    const question = fuzzQuestion(zones[random.below(zones.length)] ?? 'lab.', serial++, random);
    const query = queryFor(question, 0, randomBits(random));
    return new Promise((resolve) => {
      socket.ask(query, ({ octets, tookMs }) => {
        if (octets === undefined || tookMs > MAX_WAIT_MS) {
          failures.add(`a query waited ${tookMs.toFixed(0)} ms (kernel drops: ${program.kernelDrops})`, query);
        } else {
          const flags = readU16(octets, 2);
          tally.add(`${rcodeText(flags & 0xf)}${(flags & HeaderFlag.AD) === 0 ? '' : ' AD'}`);
        }
        resolve();
      });
    });
  };
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (!isDone()) await askOne();
    }),
  );
  socket.close();
  const packets = hostile.changed - before;
  return {
    name: 'upstream replies, on sockets',
    packets,
    seconds: (performance.now() - startedAtMs) / 1000,
    outcomes: `${serial} questions: ${tally.text()}`,
  };
}
