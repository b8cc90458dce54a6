// `kedge lab`: a private Internet of sound, insecure and broken zones on this machine, with a kedge in front of it.
import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type LabDaemon, type ServedLab, serveLabZones, startLabDaemon } from '../../daemon/lab-daemon.ts';
import { StartError } from '../../daemon/start-error.ts';
import { buildLab } from '../../lab/lab-internet.ts';
import { ownZone } from '../../lab/own-zone.ts';
import type { ZoneDescription } from '../../lab/zone-description.ts';
import { ExitCode, type Terminal } from '../terminal.ts';
import { labScene } from './lab-scene.ts';
import { labTable } from './lab-table.ts';

export interface LabFlags {
  readonly list?: boolean;
  readonly port?: string;
  /** Zone files of the user's own. */
  readonly zone?: readonly string[];
  readonly serveOnly?: boolean;
  readonly dir?: string;
  readonly scene?: string;
  /** Port of the pages. */
  readonly web?: string;
}

const DEFAULT_PORT = 5300;
const DNS_PORT = 53;
/** Of the configurations that `--serve-only` writes for resolvers. */
const RESOLVER_PORT = 5311;

/** Runs until `ended` resolves. */
export async function lab(flags: LabFlags, terminal: Terminal, ended: () => Promise<void>): Promise<number> {
  const port = flags.port === undefined ? undefined : parsePort(flags.port);
  if (port === 'invalid') return usage(terminal, `'${flags.port}' is no port`);
  const web = flags.web === undefined ? 'auto' : flags.web === '0' ? 0 : parsePort(flags.web);
  if (web === 'invalid') return usage(terminal, `'${flags.web}' is no port`);
  if (flags.dir !== undefined && /['"\n]/.test(flags.dir))
    return usage(terminal, 'the folder may have no quotes in it');
  if (flags.scene !== undefined) return await labScene(flags.scene, port, terminal);
  const ownZones = readOwnZones(flags.zone ?? []);
  if (typeof ownZones === 'string') {
    terminal.error(`kedge: ${ownZones}\n`);
    return ExitCode.BAD;
  }
  const internet = buildLab({ nowSeconds: Math.floor(Date.now() / 1000), ownZones });
  if (flags.list === true) {
    terminal.out(labTable(internet.zones));
    return ExitCode.SUCCESS;
  }
  const folder = flags.dir === undefined ? {} : { folder: resolve(flags.dir) };
  try {
    if (flags.serveOnly === true) {
      const served = await servedAt(port, (at) =>
        serveLabZones({ internet, port: at, resolverPort: RESOLVER_PORT, ...folder }),
      );
      terminal.out(servedText(served));
      await ended();
      await served.close();
      return ExitCode.SUCCESS;
    }
    const served = await serveLabZones({ internet, port: 0, resolverPort: port ?? DEFAULT_PORT, ...folder });
    try {
      const { daemon, pages } = await startLabDaemon(served, { sink: { write: (line) => terminal.error(line) }, web });
      terminal.out(readyText(served, pages));
      await ended();
      daemon.stop();
    } finally {
      await served.close();
    }
    return ExitCode.SUCCESS;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    terminal.error(`kedge: ${error.message}. ${error.remedy}\n`);
    return ExitCode.BAD;
  }
}

function usage(terminal: Terminal, text: string): number {
  terminal.error(`kedge: ${text}\n`);
  return ExitCode.USAGE;
}

function parsePort(text: string): number | 'invalid' {
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : 'invalid';
}

/** Port 53 where that is permitted, so that hints lead to the servers; else the usual high one. */
async function servedAt(port: number | undefined, serve: (port: number) => Promise<ServedLab>): Promise<ServedLab> {
  if (port !== undefined) return await serve(port);
  try {
    return await serve(DNS_PORT);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    return await serve(DEFAULT_PORT);
  }
}

/** Descriptions of the zones in the files, or what is wrong with the first that is not one. */
function readOwnZones(files: readonly string[]): readonly ZoneDescription[] | string {
  const zones: ZoneDescription[] = [];
  for (const file of files) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`;
    }
    const zone = ownZone(text, file, originOf(file));
    if (!zone.ok) return zone.error;
    if (zones.some(({ name }) => name.toLowerCase() === zone.description.name.toLowerCase())) {
      return `${file}: ${zone.description.name} is given twice`;
    }
    zones.push(zone.description);
  }
  return zones;
}

/** `home.zone` and `db.home` are `home.lab.`, where the text does not say otherwise. */
function originOf(file: string): string {
  const label = basename(file)
    .replace(/^db\./, '')
    .replace(/\.(?:zone|db|txt|signed)$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-');
  return `${label.split('.')[0] || 'own'}.lab.`;
}

function readyText({ internet, servers, folder, resolverPort }: ServedLab, pages: LabDaemon['pages']): string {
  const pagesText = pages === undefined ? '' : `Pages in the browser: ${pages.url} (API key ${pages.apiKey})\n`;
  return `${labTable(internet.zones)}The lab is ready: kedge answers on 127.0.0.1 port ${resolverPort}. In another terminal:

  dig @127.0.0.1 -p ${resolverPort} expired.bad.lab
  dig @127.0.0.1 -p ${resolverPort} expired.bad.lab +cd
  kedge query @127.0.0.1:${resolverPort} nsec-answer.good.lab +dnssec
  kedge explain expired.bad.lab --daemon --socket-dir ${folder}
  kedge ctl --config-dir=${folder}/kedge get-tas

${pagesText}The authoritative servers listen on port ${servers.port}; the one at ${servers.everything.address} has every zone.
kedge lab --list prints the table again. Ctrl-C ends the lab.
`;
}

function servedText({ servers, folder, programs }: ServedLab): string {
  const width = Math.max(...programs.map(({ label }) => label.length));
  const commands = programs.map(({ label, port, command }) => `  ${label.padEnd(width)}  ${port}  ${command}`);
  const reach =
    servers.port === DNS_PORT && servers.areApart
      ? 'The hints lead to them.'
      : `Nobody can be delegated to port ${servers.port}: the configurations ask 127.0.0.1, which has every zone.`;
  return `The authoritative servers of the lab listen on port ${servers.port}. ${reach}
Files in ${folder}: root.hints, anchors.ds, and configurations for these resolvers on 127.0.0.1 (port, command):

${commands.join('\n')}

kedge lab --list prints what to try. Ctrl-C ends the lab.
`;
}
