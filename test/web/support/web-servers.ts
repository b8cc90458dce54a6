// Web servers on loopback ports that the operating system chooses, and raw requests to them.
import { connect } from 'node:net';
import { makeApp } from '../../../src/web/app.ts';
import { Assets } from '../../../src/web/assets.ts';
import { Credential } from '../../../src/web/credential.ts';
import type { NumbersTarget } from '../../../src/web/metrics.ts';
import type { PowerDNSTarget } from '../../../src/web/powerdns-target.ts';
import { WebServer } from '../../../src/web/server.ts';
import type { WebListen, WebSettings } from '../../../src/web/settings.ts';
import type { WebTarget } from '../../../src/web/target.ts';
import { fakeKedge, fakePowerDNS } from './fake-targets.ts';

export const API_KEY = 'a key that nobody guesses, 0123456789';

export const plainSettings: WebSettings = {
  allows: () => true,
  hosts: [],
  apiKey: undefined,
  password: undefined,
  crossOrigin: '',
  maxApiBodyOctets: 1024 * 1024,
  logLevel: 'normal',
};

export interface RunningWeb {
  readonly server: WebServer;
  readonly port: number;
  readonly url: string;
  readonly lines: readonly string[];
  /** What the next requests meet. */
  change(settings: Partial<WebSettings>): void;
}

const running: WebServer[] = [];

export function closeWebServers(): void {
  for (const server of running.splice(0)) server.close();
}

export interface WebTargets {
  readonly kedge: WebTarget;
  readonly powerDNS: PowerDNSTarget & NumbersTarget;
}

export async function startWeb(
  changes: Partial<WebSettings> = {},
  targets: Partial<WebTargets> = {},
  listen: Partial<WebListen> = {},
): Promise<RunningWeb> {
  let settings = { ...plainSettings, ...changes };
  const lines: string[] = [];
  const note = (message: string, fields: object = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = { info: note, warn: note, error: note };
  const nowMs = () => performance.now();
  const files = new Map([
    ['index.html', new TextEncoder().encode(`<!doctype html><title>kedge</title>${' '.repeat(600)}`)],
    ['main.js', new TextEncoder().encode('export {};')],
  ]);
  const server = new WebServer({
    settings: () => settings,
    log,
    nowMs,
    loadRoutes: async (wrongKeys, rate) => {
      const { kedge = fakeKedge(), powerDNS = fakePowerDNS() } = targets;
      const parts = { settings: () => settings, log, nowMs, wrongKeys, rate, kedge, powerDNS };
      const app = await makeApp({ ...parts, assets: new Assets(files) });
      return (request, response) => app.routing(request, response);
    },
  });
  running.push(server);
  const { port } = await server.listen({ address: '127.0.0.1', port: 0, ...listen });
  const change = (next: Partial<WebSettings>) => {
    settings = { ...settings, ...next };
  };
  return { server, port, url: `http://127.0.0.1:${port}`, lines, change };
}

export function keyOf(text = API_KEY): Credential {
  return new Credential(text);
}

/** Sends octets as they are, and gives everything that comes back until the server ends the connection. */
export function rawRequest(port: number, text: string, waitMs = 5000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let reply = '';
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      reply += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(reply);
    });
    socket.write(text, 'latin1');
  });
}
