// The lab: authoritative servers on loopback sockets, configurations for resolvers in a folder, and a kedge in front.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ListenError } from '../io/listen-error.ts';
import { SystemClock } from '../io/system-clock.ts';
import type { LabInternet } from '../lab/lab-internet.ts';
import { type LabServers, serveLab } from '../lab/lab-servers.ts';
import { type ResolverProgram, resolverFiles, walkingKedgeText } from '../lab/resolver-files.ts';
import type { Clock } from '../ports/clock.ts';
import type { Resolver } from '../resolver/resolution.ts';
import { Log, type LogSink } from '../telemetry/log.ts';
import { Daemon, type DaemonOptions } from './daemon.ts';
import { LabExchange } from './lab-exchange.ts';
import { makeResolver } from './make-resolver.ts';
import { StartError } from './start-error.ts';

const API_KEY_OCTETS = 16;

export interface LabServeOptions {
  readonly internet: LabInternet;
  /** Port of the authoritative servers; 0 takes a free one. */
  readonly port: number;
  /** Where the files go; without it a temporary folder that goes with the lab. */
  readonly folder?: string;
  /** Port on 127.0.0.1 that the configuration of kedge says; those of other resolvers say the next ones. */
  readonly resolverPort: number;
}

/** The authoritative side alone. */
export interface ServedLab {
  readonly internet: LabInternet;
  readonly servers: LabServers;
  readonly folder: string;
  readonly programs: readonly ResolverProgram[];
  readonly resolverPort: number;
  close(): Promise<void>;
}

/** Binds the servers and writes the files. Rejects with a `StartError` that says what to do. */
export async function serveLabZones(options: LabServeOptions): Promise<ServedLab> {
  const { internet, port, resolverPort } = options;
  const servers = await bound(internet, port);
  try {
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'kedge-lab-'));
    const { files, programs } = resolverFiles(internet, servers, { folder, firstPort: resolverPort });
    for (const { path, text } of files) writeInto(folder, path, text);
    const close = async (): Promise<void> => {
      await servers.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    };
    return { internet, servers, folder, programs, resolverPort, close };
  } catch (error) {
    await servers.close();
    throw new StartError(`cannot write the lab's files: ${reasonOf(error)}`, 'Name another folder with --dir.');
  }
}

async function bound(internet: LabInternet, port: number): Promise<LabServers> {
  try {
    return await serveLab(internet, port);
  } catch (error) {
    throw new StartError(
      `the lab's servers cannot have port ${port} of 127.0.0.1: ${reasonOf(error)}`,
      'Name another port with --port.',
    );
  }
}

function writeInto(folder: string, path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export interface LabDaemonOptions {
  /** What the log is written to: warnings, and a line for each bogus answer. */
  readonly sink: LogSink;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Serves the pages: on this port of 127.0.0.1, or on the usual one where that is free. Without it there are none. */
  readonly web?: number | 'auto';
}

export interface LabDaemon {
  readonly daemon: Daemon;
  /** The resolver inside, for questions that need no socket. */
  readonly resolver: Resolver;
  /** Where the pages are, and the key with which something can be changed there. */
  readonly pages?: { readonly url: string; readonly apiKey: string };
}

/** Starts a kedge that resolves in the lab. Rejects with a `StartError`. */
export async function startLabDaemon(lab: ServedLab, { sink, clock, web }: LabDaemonOptions): Promise<LabDaemon> {
  const { internet, servers, folder, resolverPort } = lab;
  const apiKey = randomBytes(API_KEY_OCTETS).toString('hex');
  const text = walkingKedgeText(internet, servers, { folder, firstPort: resolverPort });
  const config = withPages(labConfig(text), web, apiKey);
  const log = new Log({ level: 'warn', format: 'text', timestamps: false }, clock ?? new SystemClock(), sink);
  let resolver: Resolver | undefined;
  const daemon = await started({
    config,
    log,
    ...(clock !== undefined && { clock }),
    makeResolver: (parts) => {
      const exchange = new LabExchange(parts.exchange, (address) => servers.endpointOf(address));
      const made = makeResolver({ ...parts, exchange });
      resolver ??= made;
      return made;
    },
    opensControl: true,
    opensWeb: web !== undefined,
    driver: 'dgram',
  });
  if (resolver === undefined) throw new Error('a daemon has a resolver');
  const [place] = daemon.web.places;
  return { daemon, resolver, ...(place && { pages: { url: place.url, apiKey } }) };
}

/** With a key of its own, so that the forms of the pages work, too. */
function withPages(config: Config, web: number | 'auto' | undefined, apiKey: string): Config {
  if (web === undefined) return config;
  const place = web === 'auto' ? {} : { webserver: true, port: web };
  return { ...config, webservice: { ...config.webservice, ...place, api_key: apiKey } };
}

async function started(options: DaemonOptions): Promise<Daemon> {
  try {
    return await Daemon.start(options);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new StartError(error.message, 'Name another port with --port.', { cause: error });
  }
}

function labConfig(text: string): Config {
  const result = parseConfig(text, 'the configuration of the lab');
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.config;
}
