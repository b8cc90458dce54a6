// What the HTTP API stores in `webservice.api_dir`: each change is written whole, put in force by reading the configuration
// again, and taken back when that fails.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiFiles } from '../config/api-files.ts';
import { parseConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { socketAddressText } from '../config/socket-address.ts';
import { yamlText } from '../config/yaml-output.ts';
import type { Outcome } from '../control/target.ts';
import type { AccessList, WantedZone } from '../web/powerdns-target.ts';
import type { Answered, Done } from '../web/target.ts';
import type { DomainName } from '../wire/name.ts';
import { nameText } from '../wire/name-text.ts';
import { fileProblem } from './start-error.ts';

const HEAD = '# Written by kedge for its HTTP API. Changes are lost when a client stores something here.\n';
/** Nobody else needs to read whom we ask. */
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

export interface StoreParts {
  readonly directory: () => string;
  readonly reloadZones: () => Outcome;
  readonly reloadAccess: () => Outcome;
}

interface StoredZones {
  readonly forwards: readonly {
    readonly zone: string;
    readonly forwarders: readonly string[];
    readonly recurse: boolean;
  }[];
  readonly natives: readonly { readonly zone: string; readonly file: string }[];
}

const nothingStored: StoredZones = { forwards: [], natives: [] };

/** One file as it is to be, or undefined for none. */
interface Change {
  readonly file: string;
  readonly text: string | undefined;
}

export class WebStore {
  private readonly parts: StoreParts;

  constructor(parts: StoreParts) {
    this.parts = parts;
  }

  /** Whether the zone was made here. */
  holds(name: DomainName): boolean {
    const { forwards, natives } = this.stored() ?? nothingStored;
    return [...forwards, ...natives].some(({ zone }) => zone.toLowerCase() === nameText(name).toLowerCase());
  }

  /** Adds the zone, or replaces the one of that name. */
  put(wanted: WantedZone): Answered<Done> {
    const zone = nameText(wanted.name);
    const stored = this.stored();
    if (stored === undefined) return this.unreadable();
    const { forwards, natives } = without(stored, zone);
    if (wanted.kind === 'Forwarded') {
      const { servers, recursionDesired } = wanted;
      const added = { zone, forwarders: servers, recurse: recursionDesired };
      return this.applyZones({ forwards: [...forwards, added], natives }, [this.zoneFile(wanted.name, undefined)]);
    }
    const file = this.zoneFile(wanted.name, zoneText(zone, wanted.singleTarget));
    return this.applyZones({ forwards, natives: [...natives, { zone, file: file.file }] }, [file]);
  }

  remove(name: DomainName): Answered<Done> {
    const stored = this.stored();
    if (stored === undefined) return this.unreadable();
    return this.applyZones(without(stored, nameText(name)), [this.zoneFile(name, undefined)]);
  }

  setAccessList(which: AccessList, networks: readonly string[]): Answered<Done> {
    const option = which === 'allow-from' ? 'allow_from' : 'allow_notify_from';
    const text = HEAD + yamlText({ incoming: { [option]: [...networks] } });
    return this.apply([{ file: join(this.directory, apiFiles[which]), text }], this.parts.reloadAccess);
  }

  private get directory(): string {
    return this.parts.directory();
  }

  /** No name can lead out of the directory, or be too long with the ending: odd ones are hashed. */
  private zoneFile(name: DomainName, text: string | undefined): Change {
    const plain = nameText(name).slice(0, -1);
    const stem =
      /^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/i.test(plain) && plain.length <= 200 ? plain.toLowerCase() : hashed(name);
    return { file: join(this.directory, `kedge-api-${stem}.zone`), text };
  }

  private get zonesFile(): string {
    return join(this.directory, apiFiles.zones);
  }

  /** Undefined when the file says something else, or cannot be read. */
  private stored(): StoredZones | undefined {
    const file = this.zonesFile;
    if (this.directory === '' || !existsSync(file)) return nothingStored;
    try {
      const read = parseConfig(readFileSync(file, 'utf8'), file);
      return read.ok ? storedZones(read.config) : undefined;
    } catch {
      return undefined;
    }
  }

  /** To write over it would be to lose all zones in it. */
  private unreadable(): Answered<Done> {
    const error = 'what was stored before cannot be read, and would be lost';
    return { ok: false, status: 409, error, remedy: `Correct or remove ${this.zonesFile}.` };
  }

  private applyZones({ forwards, natives }: StoredZones, files: readonly Change[]): Answered<Done> {
    const lists = (recurse: boolean) =>
      forwards
        .filter((zone) => zone.recurse === recurse)
        .map(({ zone, forwarders }) => ({ zone, forwarders: [...forwarders] }));
    const recursor = {
      ...(lists(false).length > 0 && { forward_zones: lists(false) }),
      ...(lists(true).length > 0 && { forward_zones_recurse: lists(true) }),
      ...(natives.length > 0 && { auth_zones: natives.map((native) => ({ ...native })) }),
    };
    const isEmpty = forwards.length === 0 && natives.length === 0;
    const text = isEmpty ? undefined : HEAD + yamlText({ recursor });
    return this.apply([...files, { file: this.zonesFile, text }], this.parts.reloadZones);
  }

  /** All files or none. */
  private apply(changes: readonly Change[], reload: () => Outcome): Answered<Done> {
    if (this.directory === '') {
      const remedy = 'Set webservice.api_dir to a directory that kedge may write to, and start it again.';
      return { ok: false, status: 409, error: 'there is no place where this could be stored', remedy };
    }
    const before = changes.map(({ file }): Change => ({ file, text: contentOf(file) }));
    try {
      mkdirSync(this.directory, { recursive: true, mode: DIRECTORY_MODE });
      for (const change of changes) write(change);
    } catch (error) {
      takeBack(before);
      const remedy = `Let the user of kedge write to ${this.directory}.`;
      return { ok: false, status: 503, error: `it cannot be stored: ${fileProblem(error)}`, remedy };
    }
    const outcome = reload();
    if (outcome.ok) return { ok: true, value: { text: outcome.text } };
    takeBack(before);
    return { ok: false, status: 400, error: outcome.text, remedy: 'Nothing is changed. Correct what is said there.' };
  }
}

function storedZones({ recursor }: Config): StoredZones {
  const forwards = [...recursor.forward_zones, ...recursor.forward_zones_recurse];
  return {
    forwards: forwards.map(({ zone, forwarders, recurse }) => ({
      zone: nameText(zone),
      forwarders: forwarders.map(socketAddressText),
      recurse,
    })),
    natives: recursor.auth_zones.map(({ zone, file }) => ({ zone: nameText(zone), file })),
  };
}

function without({ forwards, natives }: StoredZones, name: string): StoredZones {
  const others = <Zone extends { readonly zone: string }>(zones: readonly Zone[]) =>
    zones.filter(({ zone }) => zone.toLowerCase() !== name.toLowerCase());
  return { forwards: others(forwards), natives: others(natives) };
}

/** A zone with nothing in it, or with one address for all names, as PowerDNS makes it. */
function zoneText(zone: string, target: string | undefined): string {
  const soa = `${zone} 3600 IN SOA local.zone. hostmaster.${zone} 1 1 1 1 1\n`;
  if (target === undefined) return soa;
  const type = target.includes(':') ? 'AAAA' : 'A';
  return `${soa}${zone} 3600 IN ${type} ${target}\n*.${zone} 3600 IN ${type} ${target}\n`;
}

function hashed({ key }: DomainName): string {
  return createHash('sha256').update(key, 'latin1').digest('hex').slice(0, 40);
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** A reader sees the old file or the new one, never half of it. */
function write({ file, text }: Change): void {
  if (text === undefined) {
    rmSync(file, { force: true });
    return;
  }
  const temporary = `${file}.new`;
  writeFileSync(temporary, text, { mode: FILE_MODE });
  renameSync(temporary, file);
}

function takeBack(before: readonly Change[]): void {
  for (const change of before) {
    try {
      write(change);
    } catch {
      // It could not be written before either.
    }
  }
}
