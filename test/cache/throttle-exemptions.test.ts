// Who is never set aside: by name suffix and by network, changed while running.
import { describe, expect, test } from 'vitest';
import { ThrottleExemptions } from '../../src/cache/throttle-exemptions.ts';
import { nameOf } from '../../src/wire/name-text.ts';

const rows: readonly {
  name: string;
  names?: string[];
  netmasks?: string[];
  given: [name: string, address: string];
  want: boolean;
}[] = [
  { name: 'nobody by default', given: ['ns.example.', '192.0.2.1'], want: false },
  { name: 'the name itself', names: ['ns.example.'], given: ['ns.example.', '192.0.2.1'], want: true },
  { name: 'a name below, in another case', names: ['EXAMPLE'], given: ['ns.example.', '192.0.2.1'], want: true },
  { name: 'no name that only ends alike', names: ['example.'], given: ['ns.myexample.', '192.0.2.1'], want: false },
  { name: 'a text that is no name', names: ['a..b'], given: ['a.b.', '192.0.2.1'], want: false },
  { name: 'an address in a network', netmasks: ['192.0.2.0/24'], given: ['ns.', '192.0.2.200'], want: true },
  { name: 'one beside it', netmasks: ['192.0.2.0/25'], given: ['ns.', '192.0.2.200'], want: false },
  { name: 'an odd prefix', netmasks: ['10.32.0.0/11'], given: ['ns.', '10.63.1.1'], want: true },
  { name: 'an address alone', netmasks: ['192.0.2.7'], given: ['ns.', '192.0.2.7'], want: true },
  { name: 'IPv6', netmasks: ['fd00::/8'], given: ['ns.', 'fd12::1'], want: true },
  { name: 'IPv6 with an interface', netmasks: ['fe80::/10'], given: ['ns.', 'fe80::1%eth0'], want: true },
  { name: 'the other family', netmasks: ['0.0.0.0/0'], given: ['ns.', '::1'], want: false },
  { name: 'everything', netmasks: ['0.0.0.0/0'], given: ['ns.', '203.0.113.9'], want: true },
  {
    name: 'texts that are no networks',
    netmasks: ['x', '192.0.2.0/33', '/'],
    given: ['ns.', '192.0.2.1'],
    want: false,
  },
];

describe('ThrottleExemptions covers', () => {
  for (const { name, names = [], netmasks = [], given, want } of rows) {
    test(`${name}: ${want ? 'yes' : 'no'}`, () => {
      expect(new ThrottleExemptions(names, netmasks).covers(nameOf(given[0]), given[1])).toBe(want);
    });
  }

  test('what the sets say at the moment', () => {
    const exemptions = new ThrottleExemptions();
    const covers = () => exemptions.covers(nameOf('ns.example.'), '192.0.2.1');
    exemptions.names.add('example.');
    expect(covers()).toBe(true);
    exemptions.names.delete('example.');
    expect(covers()).toBe(false);
    exemptions.replace([], ['192.0.2.0/24']);
    expect(covers()).toBe(true);
  });
});
