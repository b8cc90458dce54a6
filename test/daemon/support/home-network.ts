// A home network on loopback: signed internal zones on authoritative servers, and a daemon that reads its files again.
import { rmSync, writeFileSync } from 'node:fs';
import { defaultQueryOptions } from '../../../src/cli/commands/query.ts';
import { askServer } from '../../../src/cli/dns-client.ts';
import { configSource } from '../../../src/config/source.ts';
import { Daemon, type DaemonOptions } from '../../../src/daemon/daemon.ts';
import { makeResolver } from '../../../src/daemon/make-resolver.ts';
import { buildHierarchy } from '../../../src/lab/hierarchy.ts';
import { startLabServer } from '../../../src/lab/server.ts';
import { ZoneSet } from '../../../src/lab/zone-set.ts';
import { parseType, RRClass, RRType, rcodeText } from '../../../src/wire/constants.ts';
import { HeaderFlag } from '../../../src/wire/header.ts';
import { parseMessage } from '../../../src/wire/message.ts';
import { nameOf } from '../../../src/wire/name-text.ts';
import { rdataText } from '../../../src/wire/rdata-text.ts';
import { parseZoneText } from '../../../src/wire/zone-text.ts';
import { directoryWith, freePort, keptLog } from './daemons.ts';

const hierarchy = buildHierarchy({
  zones: [
    { name: 'home.arpa.', records: 'nas A 192.168.1.2\nprinter A 192.168.1.3' },
    { name: 'lan.', records: 'www A 192.168.1.4' },
  ],
  nowSeconds: Math.floor(Date.now() / 1000),
});

/** DS contents of a zone's key. */
export function dsOf(zone: string): string {
  const [record] = parseZoneText(`${hierarchy.anchorsOf(zone).join('\n')}\n`, { defaultTtl: 0 }).records;
  if (record === undefined) throw new Error(`${zone} is not signed`);
  return rdataText(record.type, record.rdata).toLowerCase();
}

/** The same with another digest: no key has it. */
export function wrongDsOf(zone: string): string {
  const text = dsOf(zone);
  return text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
}

export interface HomeNetwork {
  readonly daemon: Daemon;
  readonly lines: readonly string[];
  readonly port: number;
  /** Port of the server of `home.arpa.`. */
  readonly homePort: number;
  /** Questions for addresses that the server of a zone has got: what the program asks for itself is not among them. */
  asked(zone: 'home' | 'lan'): number;
  readonly path: (name: string) => string;
  write(name: string, text: string): void;
  remove(name: string): void;
  /** `NOERROR ad 192.168.1.2`. */
  ask(question: string): Promise<string>;
  close(): Promise<void>;
}

/** `files` gets the ports of the servers and the directory; `recursor.yml` is the main one. */
export async function startHome(
  files: (ports: { home: number; lan: number }) => Record<string, string>,
  options: Partial<DaemonOptions> = {},
): Promise<HomeNetwork> {
  const counts = { home: 0, lan: 0 };
  const serve = (zone: string, count: keyof typeof counts) =>
    startLabServer({
      address: '127.0.0.1',
      port: 0,
      zones: new ZoneSet([hierarchy.zone(zone).zone]),
      shouldDrop: (query) => {
        const parsed = parseMessage(query);
        if (parsed.ok && parsed.message.question.type === RRType.A) counts[count]++;
        return false;
      },
    });
  const [home, lan] = [await serve('home.arpa.', 'home'), await serve('lan.', 'lan')];
  const directory = directoryWith(files({ home: home.port, lan: lan.port }));
  const overrides = ['--local-address=127.0.0.1', `--local-port=${await freePort()}`, '--hint-file=no'];
  const source = configSource({ file: directory.path('recursor.yml'), overrides });
  const read = source.read();
  if (!read.ok) throw new Error(read.errors.map(({ message }) => message).join('\n'));
  const { log, lines } = keptLog();
  const daemon = await Daemon.start({ config: read.config, source, log, makeResolver, ...options });
  const port = daemon.endpoints[0]?.port ?? 0;
  return {
    daemon,
    lines,
    port,
    homePort: home.port,
    asked: (zone) => counts[zone],
    path: directory.path,
    write: (name, text) => writeFileSync(directory.path(name), text),
    remove: (name) => rmSync(directory.path(name)),
    ask: (question) => ask(port, question),
    close: async () => {
      daemon.stop();
      await home.close();
      await lan.close();
      directory.remove();
    },
  };
}

async function ask(port: number, text: string): Promise<string> {
  const [name = '.', type = 'A'] = text.split(' ');
  const question = { name: nameOf(name), type: parseType(type) ?? 1, class: RRClass.IN };
  const result = await askServer(question, { address: '127.0.0.1', port }, { ...defaultQueryOptions, dnssecOk: true });
  if (!result.ok) throw new Error(result.error);
  const { rcode, header, answer } = result.message;
  const data = answer.filter((record) => record.type === question.type).map((r) => rdataText(r.type, r.rdata));
  return [rcodeText(rcode), ...((header.flags & HeaderFlag.AD) === 0 ? [] : ['ad']), ...data].join(' ');
}
