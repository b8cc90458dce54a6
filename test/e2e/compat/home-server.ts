/** PowerDNS Authoritative Server as a user sets it up at home: zones made and signed with pdnsutil, served on port 5300. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dig } from '../support/dig.ts';
import { type Namespace, waitUntilReady } from '../support/namespace.ts';
import { SCHEMA_FILES } from '../support/pdns.ts';
import { programPath } from '../support/programs.ts';

export const HOME_SERVER = { address: '127.0.0.1', port: 5300 } as const;

/** TTL of all records: short, so that a key rotation takes seconds. */
export const HOME_TTL = 2;

export class HomeServer {
  readonly #namespace: Namespace;
  readonly #folder: string;

  private constructor(namespace: Namespace, folder: string) {
    this.#namespace = namespace;
    this.#folder = folder;
  }

  /** Starts the server with the zones, signed or not. Each has `www`, `*.wild` and an alias. */
  static async start(
    namespace: Namespace,
    zones: Readonly<Record<string, 'signed' | 'unsigned'>>,
  ): Promise<HomeServer> {
    const folder = namespace.path('pdns');
    mkdirSync(folder);
    const database = `${folder}/pdns.sqlite3`;
    const schema = SCHEMA_FILES.find((path) => existsSync(path));
    if (schema === undefined) throw new Error('the schema of the package pdns-backend-sqlite3 is not there');
    await namespace.mustRun([programPath('sqlite3'), database, `.read ${schema}`]);
    const lines = [
      'launch=gsqlite3',
      `gsqlite3-database=${database}`,
      'gsqlite3-dnssec=yes',
      `local-address=${HOME_SERVER.address}`,
      `local-port=${HOME_SERVER.port}`,
      `socket-dir=${folder}`,
      `default-soa-content=ns1.@ hostmaster.@ 0 10800 3600 604800 ${HOME_TTL}`,
      `default-ttl=${HOME_TTL}`,
      'security-poll-suffix=',
      'disable-syslog=yes',
      'loglevel=4',
      // What pdnsutil changes is to be seen at once.
      ...['cache', 'query-cache', 'negquery-cache', 'dnssec-key-cache', 'zone-metadata-cache'].map(
        (cache) => `${cache}-ttl=0`,
      ),
      'zone-cache-refresh-interval=0',
    ];
    writeFileSync(`${folder}/pdns.conf`, `${lines.join('\n')}\n`);
    const server = new HomeServer(namespace, folder);
    for (const [zone, security] of Object.entries(zones)) await server.#addZone(zone, security);
    const program = [programPath('pdns_server'), `--config-dir=${folder}`, '--daemon=no', '--guardian=no'];
    const daemon = namespace.start('pdns', program);
    const [first = '.'] = Object.keys(zones);
    await waitUntilReady(daemon, async () => {
      const reply = await dig(namespace, HOME_SERVER, ['+norecurse', '+time=1', first, 'SOA']);
      return reply.status === 'NOERROR';
    });
    return server;
  }

  async #addZone(zone: string, security: 'signed' | 'unsigned'): Promise<void> {
    await this.pdnsutil('create-zone', zone, `ns1.${zone}`);
    await this.pdnsutil('add-record', zone, 'ns1', 'A', HOME_SERVER.address);
    await this.pdnsutil('add-record', zone, 'www', 'A', '192.0.2.1');
    await this.pdnsutil('add-record', zone, 'alias', 'CNAME', `www.${zone}`);
    await this.pdnsutil('add-record', zone, '*.wild', 'A', '192.0.2.7');
    if (security === 'signed') await this.pdnsutil('secure-zone', zone);
    await this.pdnsutil('rectify-zone', zone);
  }

  /** Runs pdnsutil on the server's database; returns what it printed. */
  async pdnsutil(...parameters: readonly string[]): Promise<string> {
    const command = [programPath('pdnsutil'), `--config-dir=${this.#folder}`, ...parameters];
    return (await this.#namespace.mustRun(command)).stdout;
  }

  /** The content of each SHA-256 DS that `pdnsutil export-zone-ds` prints: 'tag algorithm 2 digest'. */
  async exportDs(zone: string): Promise<string[]> {
    const text = await this.pdnsutil('export-zone-ds', zone);
    const found = [...text.matchAll(/IN DS (\d+ \d+ 2 [0-9a-f]+)/g)].map(([, ds = '']) => ds);
    if (found.length === 0) throw new Error(`no DS of ${zone} in:\n${text}`);
    return found;
  }

  /** Adds a key-signing key that is published and does not sign yet; returns its number for pdnsutil. */
  async addKey(zone: string): Promise<string> {
    const text = await this.pdnsutil('add-zone-key', zone, 'ksk', 'inactive', 'published', 'ecdsa256');
    const id = /\d+\s*$/.exec(text)?.[0].trim();
    if (id === undefined) throw new Error(`no key number in:\n${text}`);
    return id;
  }

  /** The number of the zone's only key. */
  async onlyKey(zone: string): Promise<string> {
    const text = await this.pdnsutil('show-zone', zone);
    const ids = [...text.matchAll(/^ID = (\d+)/gm)].map(([, id = '']) => id);
    if (ids.length !== 1 || ids[0] === undefined) throw new Error(`not one key in:\n${text}`);
    return ids[0];
  }
}
