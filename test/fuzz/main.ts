// Random and mutated packets against kedge: to the listener of the built program, and as replies of servers. It must
// neither crash nor leave a client waiting, and an ordinary client beside it must get right answers all the time.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Hierarchy } from '../../src/lab/hierarchy.ts';
import { startLabServer } from '../../src/lab/server.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';
import { Failures, type PartResult } from './failures.ts';
import { buildFuzzInternet, hostileZones, SOUND_SERVER } from './fuzz-internet.ts';
import { fuzzListener } from './listener-part.ts';
import { fuzzParsers } from './parser-part.ts';
import { Prober } from './prober.ts';
import { Program } from './program.ts';
import { fuzzSimulated } from './simulated-part.ts';
import { fuzzUpstream, HostileServers } from './upstream-part.ts';

const DEFAULT_PACKETS = 1_000_000;
/** Zones of liars on sockets; one of each kind in the simulation. */
const HOSTILE_ZONES = 24;
const SIMULATED_ZONES = 8;
/** Half of the packets go to the listener; of the other half this share is sent over sockets, the rest simulated. */
const SOCKET_SHARE = 0.5;

const usage = `node test/fuzz/run.mjs [--packets N] [--seed S] [--program FILE]
  --packets  packets to send, half to the listener and half as upstream replies; default ${DEFAULT_PACKETS}
  --seed     the same seed sends the same packets to the listener; default: drawn at random
  --program  the built program; default dist/cli.js`;

/** Runs all parts; 0 when there was no failure. */
export async function main(args: readonly string[], projectFolder: string): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      packets: { type: 'string', default: String(DEFAULT_PACKETS) },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 0x7fffffff)) },
      program: { type: 'string', default: join(projectFolder, 'dist/cli.js') },
      help: { type: 'boolean', default: false },
    },
  });
  const packets = Number(values.packets);
  const seed = Number(values.seed);
  if (values.help || !Number.isSafeInteger(packets) || packets < 1 || !Number.isSafeInteger(seed)) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  console.log(`seed ${seed}, ${packets} packets, node ${process.version}`);
  const failures = new Failures();
  const parts: PartResult[] = [];
  const report = (part: PartResult) => {
    parts.push(part);
    const rate = part.packets / Math.max(part.seconds, 0.001);
    console.log(`${part.name}: ${part.packets} packets in ${part.seconds.toFixed(1)} s, ${rate.toFixed(0)}/s`);
    console.log(`  ${part.outcomes}`);
  };
  const toListener = Math.ceil(packets / 2);
  const onSockets = Math.floor((packets - toListener) * SOCKET_SHARE);
  const simulated = packets - toListener - onSockets;

  const internet = buildFuzzInternet(SIMULATED_ZONES, DEFAULT_WALL_SECONDS);
  // These never leave the process, and are not counted in the sum at the end.
  report(fuzzParsers(internet, packets, seed, failures));
  parts.pop();
  report(fuzzSimulated(internet, simulated, seed, failures));
  await fuzzProgram(values.program, { toListener, onSockets, seed }, failures, report);

  const total = parts.reduce((sum, part) => sum + part.packets, 0);
  for (const line of failures.lines) console.log(`FAILURE ${line}`);
  console.log(`${total} packets, ${failures.count} failures`);
  return failures.count === 0 && total >= packets ? 0 : 1;
}

async function fuzzProgram(
  file: string,
  { toListener, onSockets, seed }: { toListener: number; onSockets: number; seed: number },
  failures: Failures,
  report: (part: PartResult) => void,
): Promise<void> {
  const internet = buildFuzzInternet(HOSTILE_ZONES, Math.floor(Date.now() / 1000));
  const soundZones = internet.servers.get(SOUND_SERVER);
  if (soundZones === undefined) throw new Error('the sound server has no zones');
  const sound = await startLabServer({ address: SOUND_SERVER, port: 0, zones: soundZones });
  const zones = hostileZones(HOSTILE_ZONES);
  const hostile = await HostileServers.start(internet, zones, seed);
  const program = await Program.start(file, configText(internet, sound.port, zones, hostile));
  const prober = await Prober.start(program.port, failures);
  const residentBefore = program.residentMiB;
  report(await fuzzListener(program, toListener, seed, failures));
  const residentBetween = program.residentMiB;
  report(await fuzzUpstream(program, hostile, zones, onSockets, seed, failures));
  console.log(`prober: ${await prober.stop()}`);
  const memory = [residentBefore, residentBetween, program.residentMiB].map((size) => size.toFixed(0)).join(', ');
  console.log(`resident memory before, between and after: ${memory} MiB; kernel drops: ${program.kernelDrops}`);
  if (!program.isRunning) failures.add(`the program ${program.ending}:\n${program.logTail}`);
  for (const line of program.faults) failures.add(`in the log: ${line}`);
  await program.stop();
  await Promise.all([sound.close(), hostile.close()]);
}

/** Everything is forwarded to the sound server, but the hostile zones; addresses that a lie names are never asked. */
function configText(
  hierarchy: Hierarchy,
  soundPort: number,
  zones: readonly string[],
  hostile: HostileServers,
): string {
  const anchors = hierarchy.trustAnchors.map((line) => line.replace(/^.*\sDS\s+/, ''));
  const forwards = zones.map((zone, index) => {
    const servers = hostile.portsOf(index).map((port) => `'127.0.0.1:${port}'`);
    return `    - {zone: ${zone}, forwarders: [${servers.join(', ')}]}`;
  });
  return [
    'incoming: {listen: [127.0.0.1]}',
    'recursor:',
    '  hint_file: "no"',
    '  forward_zones:',
    `    - {zone: ., forwarders: ['127.0.0.1:${soundPort}']}`,
    ...forwards,
    `dnssec: {validation: validate, trustanchors: [{name: ., dsrecords: ${JSON.stringify(anchors)}}]}`,
    'kedge: {do_not_query_address: [0.0.0.0/0, "::/0"], limits: {client_max_waiting: 1000}}',
    '',
  ].join('\n');
}
