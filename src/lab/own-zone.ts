// A zone file of the user's own, made ready to be signed and served in the lab.
import { RRType } from '../wire/constants.ts';
import { nameOf, nameText } from '../wire/name-text.ts';
import { parseZoneText, recordText } from '../wire/zone-text.ts';
import type { ZoneDescription } from './zone-description.ts';

/** The host that serves it here; its own name servers are somewhere else. */
const NAME_SERVER = 'lab-server';
const DEFAULT_TTL = 3600;

export type OwnZone =
  | { readonly ok: true; readonly description: ZoneDescription }
  /** One line, with file and line number. */
  | { readonly ok: false; readonly error: string };

/**
 * The zone of a text, under the name that its SOA record has. Relative names are relative to `origin` until the text says
 * otherwise. Signatures, keys and denial records of the text are made anew, and its name servers are replaced.
 */
export function ownZone(text: string, file: string, origin: string): OwnZone {
  const { records, errors } = parseZoneText(text, { origin: nameOf(origin), defaultTtl: DEFAULT_TTL, file });
  const [error] = errors;
  if (error !== undefined) return { ok: false, error: error.message };
  const apex = records.find(({ type }) => type === RRType.SOA)?.name;
  if (apex === undefined) return { ok: false, error: `${file}: there is no SOA record, with which a zone begins` };
  const outside = records.find(({ name }) => !name.isSubdomainOf(apex));
  if (outside !== undefined) {
    return {
      ok: false,
      error: `${file}: ${nameText(outside.name)} is not below ${nameText(apex)}, the name of the SOA`,
    };
  }
  if (apex.isRoot || apex.equals(nameOf('lab.'))) {
    return { ok: false, error: `${file}: the lab has ${nameText(apex)} already; choose a name below lab.` };
  }
  const kept = records.filter(({ name, type }) => type !== RRType.NS || !name.equals(apex));
  return {
    ok: true,
    description: {
      name: nameText(apex),
      records: `${kept.map(recordText).join('\n')}\n`,
      nameServers: [`${NAME_SERVER}.${nameText(apex)}`],
    },
  };
}
