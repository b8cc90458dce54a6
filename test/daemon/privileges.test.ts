import { afterAll, describe, expect, test } from 'vitest';
import { groupAccount, userAccount } from '../../src/daemon/accounts.ts';
import { dropPrivileges, type RightsOfProcess, warnOfUnreadableFiles } from '../../src/daemon/privileges.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { directoryWith, keptLog } from './support/daemons.ts';

/** A process of root that does as it is told; `faults` make it a worse one. */
function rightsOf(faults: { fails?: string; returns?: boolean } = {}): RightsOfProcess & { readonly steps: string[] } {
  let [user, group] = [0, 0];
  const steps: string[] = [];
  const step = (text: string) => {
    if (faults.fails !== undefined && text.startsWith(faults.fails)) throw new Error('EPERM, operation not permitted');
    steps.push(text);
  };
  return {
    steps,
    userId: () => user,
    groupId: () => group,
    setGroups: (name, id) => step(`groups ${name} ${id}`),
    setGroupId: (id) => {
      step(`gid ${id}`);
      group = id;
    },
    setUserId: (id) => {
      if (user !== 0 && !faults.returns) throw new Error('EPERM');
      step(`uid ${id}`);
      user = id;
    },
  };
}

// Numbers differ from system to system.
const daemon = userAccount('daemon');
const [user, group] = daemon.ok ? [daemon.id, daemon.groupId] : [];
const mailGroup = groupAccount('mail');
const mail = mailGroup.ok ? mailGroup.id : undefined;

const rows: { name: string; setuid: string; setgid: string; steps: string[] }[] = [
  { name: 'nothing asked for', setuid: '', setgid: '', steps: [] },
  { name: 'root stays root', setuid: 'root', setgid: '', steps: [] },
  {
    name: 'a user by name, with its own group',
    setuid: 'daemon',
    setgid: '',
    steps: [`groups daemon ${group}`, `gid ${group}`, `uid ${user}`],
  },
  {
    name: 'user and group',
    setuid: 'daemon',
    setgid: 'mail',
    steps: [`groups daemon ${mail}`, `gid ${mail}`, `uid ${user}`],
  },
  {
    name: 'numbers, without an entry',
    setuid: '54321',
    setgid: '54322',
    steps: ['groups 54322 54322', 'gid 54322', 'uid 54321'],
  },
  { name: 'a group alone', setuid: '', setgid: 'mail', steps: [`groups ${mail} ${mail}`, `gid ${mail}`] },
];

describe('giving up rights', () => {
  test.each(rows)('$name', ({ setuid, setgid, steps }) => {
    const rights = rightsOf();
    dropPrivileges({ setuid, setgid }, keptLog().log, rights);
    expect(rights.steps).toEqual(steps);
  });

  const failures: [
    name: string,
    setuid: string,
    setgid: string,
    faults: Parameters<typeof rightsOf>[0],
    error: RegExp,
  ][] = [
    ['no such user', 'nobody-here', '', {}, /recursor\.setuid: there is no user 'nobody-here'/],
    ['no such group', 'daemon', 'nobody-here', {}, /recursor\.setgid: there is no group 'nobody-here'/],
    ['a number without group', '54321', '', {}, /the user 54321 has no entry that names its group/],
    ['not allowed', 'daemon', '', { fails: 'uid' }, /cannot become user 'daemon'.*EPERM/],
    ['groups not allowed', 'daemon', '', { fails: 'groups' }, /cannot become user/],
    ['a way back to root', 'daemon', '', { returns: true }, /could not be given up for good/],
  ];
  test.each(failures)('stops the start: %s', (_name, setuid, setgid, faults, error) => {
    const act = () => dropPrivileges({ setuid, setgid }, keptLog().log, rightsOf(faults));
    expect(act).toThrow(StartError);
    expect(act).toThrow(error);
  });
});

describe('files out of reach', () => {
  const files = directoryWith({ 'a.yml': '' });
  afterAll(() => files.remove());

  test('one warning names them', () => {
    const { log, lines } = keptLog();
    warnOfUnreadableFiles([files.path('a.yml')], log);
    expect(lines).toEqual([]);
    warnOfUnreadableFiles([files.path('a.yml'), files.path('gone.lua')], log);
    expect(lines).toEqual([expect.stringMatching(/^warn .*cannot be read by this user.*files=\S*gone\.lua/)]);
  });
});
