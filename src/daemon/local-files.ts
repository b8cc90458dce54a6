// Zone files and the hosts file, read into records (POWERDNS 3: `auth_zones`, `export_etc_hosts`).
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/schema.ts';
import type { AuthZone as AuthZoneFile } from '../config/structured-types.ts';
import { AuthZone } from '../policy/auth-zone.ts';
import { parseHosts } from '../policy/hosts.ts';
import { nameTextWithoutDot, parseName } from '../wire/name-text.ts';
import type { ResourceRecord } from '../wire/record.ts';
import { parseZoneText, type ZoneFileReader } from '../wire/zone-text.ts';
import { fileProblem, StartError } from './start-error.ts';

/** Seconds, for records of a zone file that begins without a TTL; PowerDNS has the same. */
const ZONE_FILE_TTL = 3600;
/** What `max_generate_steps: 0` stands for; the text as a whole makes no more either. */
const MAX_GENERATE_STEPS = 1_000_000;

/** Receives what is odd about a file and stops nothing. */
export type Warn = (message: string) => void;

/** The zones of `auth_zones`, read now. Throws a `StartError` that names file and line. */
export function readAuthZones({ recursor }: Config, warn: Warn): AuthZone[] {
  const forwarded = new Set([...recursor.forward_zones, ...recursor.forward_zones_recurse].map(({ zone }) => zone.key));
  const read = new Map<string, AuthZone>();
  for (const zoneFile of recursor.auth_zones) {
    const text = nameTextWithoutDot(zoneFile.zone);
    if (read.has(zoneFile.zone.key)) warn(`recursor.auth_zones: ${text} is given twice; the later file is used`);
    if (forwarded.has(zoneFile.zone.key)) {
      warn(`recursor.auth_zones: ${text} is also a forward zone, and that wins; ${zoneFile.file} is not served`);
    }
    read.set(zoneFile.zone.key, readAuthZone(zoneFile, recursor, warn));
  }
  return [...read.values()];
}

function readAuthZone({ zone, file }: AuthZoneFile, recursor: Config['recursor'], warn: Warn): AuthZone {
  const where = `recursor.auth_zones: ${nameTextWithoutDot(zone)}`;
  const found = readZoneFile(file, undefined);
  if (!found.ok) throw new StartError(`${where}: cannot read ${file}: ${found.error}`);
  const { records, errors } = parseZoneText(found.text, {
    origin: zone,
    defaultTtl: ZONE_FILE_TTL,
    file,
    include: readZoneFile,
    maxIncludeDepth: recursor.max_include_depth,
    maxGenerateSteps: Math.min(recursor.max_generate_steps || MAX_GENERATE_STEPS, MAX_GENERATE_STEPS),
  });
  const [error] = errors;
  if (error !== undefined) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    throw new StartError(`${where}: ${error.message}${more}`);
  }
  const built = AuthZone.build(zone, records);
  if (!built.ok) throw new StartError(`${where}: ${file}: ${built.error}`, 'A zone file begins with an SOA record.');
  for (const warning of built.warnings) warn(`${where}: ${file}: ${warning}`);
  return built.authZone;
}

/** A relative path begins at the directory of the file in which it stands. */
const readZoneFile: ZoneFileReader = (path, includedBy) => {
  const file = includedBy === undefined ? path : resolve(dirname(includedBy), path);
  try {
    return { ok: true, file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { ok: false, error: fileProblem(error) };
  }
};

/** The records of the hosts file; none when it is not exported. Throws a `StartError`. */
export function readHosts({ recursor }: Config, warn: Warn): readonly ResourceRecord[] {
  if (!recursor.export_etc_hosts) return [];
  const suffixText = recursor.export_etc_hosts_search_suffix;
  const suffix = suffixText === '' ? undefined : parseName(suffixText);
  if (suffix?.ok === false) {
    throw new StartError(`recursor.export_etc_hosts_search_suffix: '${suffixText}': ${suffix.error}`);
  }
  const file = recursor.etc_hosts_file;
  const found = readZoneFile(file, undefined);
  if (!found.ok) {
    throw new StartError(
      `recursor.etc_hosts_file: cannot read ${file}: ${found.error}`,
      'Name another file, or set recursor.export_etc_hosts to false.',
    );
  }
  const { records, warnings } = parseHosts(found.text, file, suffix?.name);
  for (const warning of warnings) warn(warning);
  return records;
}
