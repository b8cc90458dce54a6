// Becoming another user once everything that needs root is open (recursor.setuid, recursor.setgid). For good: whoever
// takes the process over afterwards has no more rights than that user.
import { accessSync, constants } from 'node:fs';
import type { Log } from '../telemetry/log.ts';
import { groupAccount, userAccount } from './accounts.ts';
import { StartError } from './start-error.ts';

/** What the configuration asks for: names or numbers, empty for no change. */
export interface Privileges {
  readonly setuid: string;
  readonly setgid: string;
}

/** The process as far as its rights go; tests put their own in its place. */
export interface RightsOfProcess {
  userId(): number;
  groupId(): number;
  setGroups(name: string | number, group: number): void;
  setGroupId(id: number): void;
  setUserId(id: number): void;
}

/** This process; undefined on systems without users of this kind. */
export function processRights(): RightsOfProcess | undefined {
  const { geteuid, getegid, setgroups, setgid, setuid } = process;
  if (!geteuid || !getegid || !setgroups || !setgid || !setuid) return undefined;
  return {
    userId: () => geteuid(),
    groupId: () => getegid(),
    setGroups: (name, group) => (typeof name === 'string' ? initGroups(name, group) : setgroups([group])),
    setGroupId: (id) => setgid(id),
    setUserId: (id) => setuid(id),
  };
}

/** The type definitions of Node.js do not know it. */
function initGroups(name: string, group: number): void {
  const initgroups: unknown = Reflect.get(process, 'initgroups');
  if (typeof initgroups !== 'function') throw new Error('initgroups is missing');
  Reflect.apply(initgroups, process, [name, group]);
}

/** The numbers behind the names; `group` is the user's own where none is asked for. */
interface Target {
  readonly user: number | undefined;
  readonly group: number | undefined;
}

const REMEDY =
  'Start kedge as root, or leave recursor.setuid and recursor.setgid empty and start it as the right user (systemd: User=).';

/** What stands for no change; throws a `StartError` for names that do not exist. Checked before anything is opened. */
export function checkPrivileges({ setuid, setgid }: Privileges): Target {
  const user = setuid === '' ? undefined : userAccount(setuid);
  if (user?.ok === false)
    throw new StartError(`recursor.setuid: ${user.reason}`, 'Create the user, or correct the name.');
  const group = setgid === '' ? undefined : groupAccount(setgid);
  if (group?.ok === false) {
    throw new StartError(`recursor.setgid: ${group.reason}`, 'Create the group, or correct the name.');
  }
  if (user !== undefined && group === undefined && user.groupId === undefined) {
    throw new StartError(
      `recursor.setuid: the user ${setuid} has no entry that names its group`,
      'Give the group in recursor.setgid.',
    );
  }
  return { user: user?.id, group: group?.id ?? user?.groupId };
}

/**
 * Gives up root for the configured user and group, and makes sure that it cannot be had back. Throws a `StartError`
 * when that fails: going on as root is what nobody has asked for.
 */
export function dropPrivileges(privileges: Privileges, log: Log, rights = processRights()): void {
  const { user, group } = checkPrivileges(privileges);
  if (user === undefined && group === undefined) return;
  if (rights === undefined) throw new StartError('this system has no users to change to', REMEDY);
  const isThere = (user ?? rights.userId()) === rights.userId() && (group ?? rights.groupId()) === rights.groupId();
  if (isThere) return;
  try {
    if (group !== undefined) {
      // A number has no entry whose further groups could be had.
      const isName = privileges.setuid !== '' && !/^[0-9]+$/.test(privileges.setuid);
      rights.setGroups(isName ? privileges.setuid : group, group);
      rights.setGroupId(group);
    }
    if (user !== undefined) rights.setUserId(user);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`cannot become user '${privileges.setuid}', group '${privileges.setgid}': ${reason}`, REMEDY, {
      cause: error,
    });
  }
  const isDone = (user ?? rights.userId()) === rights.userId() && (group ?? rights.groupId()) === rights.groupId();
  if (!isDone || (user !== undefined && user !== 0 && canReturn(rights))) {
    throw new StartError('the rights of root could not be given up for good', REMEDY);
  }
  log.info('rights given up', { user: rights.userId(), group: rights.groupId() });
}

function canReturn(rights: RightsOfProcess): boolean {
  try {
    rights.setUserId(0);
    return true;
  } catch {
    return false;
  }
}

/** Warns of files that a reload will have to read and that are out of reach now. */
export function warnOfUnreadableFiles(files: readonly string[], log: Log): void {
  const unreadable = files.filter((file) => !isReadable(file));
  if (unreadable.length === 0) return;
  log.warn('files of the configuration cannot be read by this user: a reload will fail and change nothing', {
    files: unreadable,
    remedy: 'let the user of recursor.setuid read them, or restart instead of reloading',
  });
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
