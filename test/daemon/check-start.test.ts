import { expect, test } from 'vitest';
import { checkStart } from '../../src/daemon/check-start.ts';
import { loopbackConfig } from './support/daemons.ts';

const rows = [
  { name: 'nothing is wrong', settings: '', want: [] },
  {
    name: 'a user who is none is told of once, though the control socket would be that one too',
    settings: ', setuid: nobody-here',
    want: [/^recursor\.setuid: there is no user 'nobody-here'/],
  },
  {
    name: 'a group likewise',
    settings: ', setuid: root, setgid: nobody-here',
    want: [/^recursor\.setgid: there is no group 'nobody-here'/],
  },
  {
    name: 'an owner of the socket who is none',
    settings: ', socket_owner: nobody-here',
    want: [/^recursor\.socket_owner: there is no user 'nobody-here'/],
  },
  {
    name: 'each mistake has its line',
    settings: ', setuid: nobody-here, socket_group: none-either',
    want: [/^recursor\.setuid: /, /^recursor\.socket_group: /],
  },
];
test.each(rows)('$name', ({ settings, want }) => {
  const config = loopbackConfig(`recursor: {hint_file: "no"${settings}}`);
  expect(checkStart(config)).toEqual(want.map((line) => expect.stringMatching(line)));
});
