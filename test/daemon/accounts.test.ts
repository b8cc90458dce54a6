import { afterAll, describe, expect, test } from 'vitest';
import { groupAccount, userAccount } from '../../src/daemon/accounts.ts';
import { directoryWith } from './support/daemons.ts';

const files = directoryWith({
  passwd: 'root:x:0:0:root:/root:/bin/sh\n# no entry\nbroken\nkedge:x:990:991::/nonexistent:/bin/false\nodd:x:-1:1::\n',
  group: 'root:x:0:\nkedge:x:991:alice,bob\n',
});
afterAll(() => files.remove());

describe('users', () => {
  const rows: readonly [text: string, want: object][] = [
    ['root', { ok: true, id: 0, groupId: 0 }],
    ['kedge', { ok: true, id: 990, groupId: 991 }],
    ['990', { ok: true, id: 990, groupId: 991 }],
    ['12345', { ok: true, id: 12_345, groupId: undefined }],
    ['nobody', { ok: false, reason: expect.stringMatching(/^there is no user 'nobody' in .*passwd$/) }],
    ['odd', { ok: false, reason: expect.stringMatching(/no user 'odd'/) }],
    ['broken', { ok: false, reason: expect.stringMatching(/no user 'broken'/) }],
    ['4294967295', { ok: false, reason: expect.stringMatching(/no user/) }],
    ['-1', { ok: false, reason: expect.stringMatching(/no user/) }],
  ];
  for (const [text, want] of rows) {
    test(text, () => {
      expect(userAccount(text, files.path('passwd'))).toEqual(want);
    });
  }
});

describe('groups', () => {
  test('by name and number', () => {
    expect(groupAccount('kedge', files.path('group'))).toEqual({ ok: true, id: 991, groupId: undefined });
    expect(groupAccount('7', files.path('group'))).toEqual({ ok: true, id: 7, groupId: undefined });
    expect(groupAccount('alice', files.path('group'))).toMatchObject({ ok: false });
  });
});

test('without the file a number still is one', () => {
  expect(userAccount('7', '/nowhere/passwd')).toEqual({ ok: true, id: 7, groupId: undefined });
  expect(userAccount('root', '/nowhere/passwd')).toMatchObject({ ok: false, reason: expect.stringMatching(/passwd/) });
});
