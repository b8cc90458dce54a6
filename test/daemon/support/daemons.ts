// Daemons on ephemeral loopback ports, around a scripted resolver.
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import { Daemon, type DaemonOptions } from '../../../src/daemon/daemon.ts';
import type { Resolution, ResolutionRequest } from '../../../src/resolver/resolution.ts';
import { Log } from '../../../src/telemetry/log.ts';

/** The configuration that a text stands for. It must be right. */
export function configOf(text = '', file = '/nowhere/recursor.yml'): Config {
  const result = parseConfig(text, file);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'));
  return result.config;
}

/** As `configOf`, listening on a port that the operating system chooses, and asking no one outside. */
export function loopbackConfig(text = ''): Config {
  const config = configOf(text);
  return {
    ...config,
    incoming: { ...config.incoming, listen: [{ address: '127.0.0.1', port: undefined }], port: 0 },
  };
}

export type Resolve = (request: ResolutionRequest, done: (resolution: Resolution) => void) => void;

export const failed: Resolution = {
  rcode: 2,
  answer: [],
  authority: [],
  verdict: undefined,
  authentic: false,
  errors: [{ code: 22, text: 'nobody there' }],
  shareable: false,
};

/** A log whose lines are kept. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = new Log(
    { level: 'debug', format: 'text', timestamps: false },
    { monotonicMs: () => performance.now() },
    { write: (text) => void lines.push(...text.trim().split('\n')) },
  );
  return { log, lines };
}

export interface RunningDaemon {
  readonly daemon: Daemon;
  readonly lines: readonly string[];
  readonly port: number;
}

export async function startDaemon(
  config: Config,
  resolve: Resolve = (_request, done) => done(failed),
  changes: Partial<DaemonOptions> = {},
): Promise<RunningDaemon> {
  const { log, lines } = keptLog();
  const daemon = await Daemon.start({ config, log, makeResolver: () => ({ resolve }), ...changes });
  return { daemon, lines, port: daemon.endpoints[0]?.port ?? 0 };
}

/** A port of 127.0.0.1 that is free for UDP and TCP now. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind(port, '127.0.0.1', () => resolve(true));
    });
    socket.close();
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

/** A directory with files, removed by `remove`. */
export function directoryWith(files: Record<string, string>): { path: (name: string) => string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'kedge-test-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return { path: (name) => join(directory, name), remove: () => rmSync(directory, { recursive: true }) };
}
