/** Starts the man in the middle. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DualAddress } from './addresses.ts';
import { type Daemon, type Namespace, waitUntilReady } from './namespace.ts';

export const TAMPERINGS = [
  'none',
  'change-address',
  'add-address',
  'strip-signatures',
  'strip-all-signatures',
  'corrupt-signatures',
  'strip-denial',
  'strip-ds',
  'deny-name',
  'deny-type',
  'drop-opt',
  'truncate',
] as const;

export type Tampering = (typeof TAMPERINGS)[number];

export interface Route {
  at: DualAddress;
  /** The true server behind. */
  server: DualAddress;
  tampering: Tampering;
}

export async function startTamperingProxy(namespace: Namespace, routes: readonly Route[]): Promise<Daemon> {
  const program = fileURLToPath(new URL('tampering-proxy.mjs', import.meta.url));
  const parameter = routes.map(({ at, server, tampering }) => ({
    listen: [at.ipv4, at.ipv6],
    server: server.ipv4,
    tampering,
  }));
  const daemon = namespace.start('tampering-proxy', [process.execPath, program, JSON.stringify(parameter)]);
  await waitUntilReady(daemon, async () => readFileSync(daemon.logFile, 'utf8').includes('listening'));
  return daemon;
}
