// Loads what answers requests. One step after the other, because the thread that reads and runs a package answers nobody
// else meanwhile.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { AppParts } from './app.ts';

/** `targets` are made between the steps. */
export async function loadApp(
  parts: Omit<AppParts, 'kedge' | 'powerDNS'>,
  targets: () => Promise<Pick<AppParts, 'kedge' | 'powerDNS'>>,
): Promise<FastifyInstance> {
  await import('fastify');
  await nextTurn();
  const { makeApp } = await import('./app.ts');
  await nextTurn();
  const both = await targets();
  await nextTurn();
  return await makeApp({ ...parts, ...both });
}
