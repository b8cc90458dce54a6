// Users and groups by name or number, from /etc/passwd and /etc/group (passwd(5), group(5)): Node.js does not look names up.
import { readFileSync } from 'node:fs';

export type Account =
  | {
      readonly ok: true;
      readonly id: number /** Of a user: the group of its entry. */;
      readonly groupId: number | undefined;
    }
  | { readonly ok: false; readonly reason: string };

const PASSWD = '/etc/passwd';
const GROUP = '/etc/group';
/** Largest ID that is not reserved. */
const MAX_ID = 0xffff_fffe;

/** The user of a name or number. A number needs no entry; without one its group is not known. */
export function userAccount(text: string, file = PASSWD): Account {
  return lookUp(text, file, 'user', (fields) => idOf(fields[3] ?? ''));
}

/** The group of a name or number; a number needs no entry. */
export function groupAccount(text: string, file = GROUP): Account {
  return lookUp(text, file, 'group', () => undefined);
}

function lookUp(
  text: string,
  file: string,
  what: 'user' | 'group',
  groupOf: (fields: readonly string[]) => number | undefined,
): Account {
  const number = idOf(text);
  const read = readLines(file);
  if (typeof read === 'string' && number === undefined) return { ok: false, reason: `${file}: ${read}` };
  for (const line of typeof read === 'string' ? [] : read) {
    // NAME:PASSWORD:ID:...
    const fields = line.split(':');
    const id = idOf(fields[2] ?? '');
    if (id === undefined) continue;
    if (fields[0] === text || id === number) return { ok: true, id, groupId: groupOf(fields) };
  }
  if (number !== undefined) return { ok: true, id: number, groupId: undefined };
  return { ok: false, reason: `there is no ${what} '${text}' in ${file}` };
}

function readLines(file: string): readonly string[] | string {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function idOf(text: string): number | undefined {
  return /^[0-9]{1,10}$/.test(text) && Number(text) <= MAX_ID ? Number(text) : undefined;
}
