// The prefix of a DNS64 as it may be written (RFC 6052 2.2).
import { describe, expect, test } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/load.ts';
import { networkText } from '../../src/config/network.ts';

const rows: readonly { readonly given: string; readonly want?: string }[] = [
  { given: '64:ff9b::/96', want: '64:ff9b::/96' },
  { given: '2001:db8::/32', want: '2001:db8::/32' },
  { given: '2001:db8:1:2:3:4::/64', want: '2001:db8:1:2::/64' },
  { given: '64:ff9b::' },
  { given: '64:ff9b::/95' },
  { given: '2001:db8:1:2:300::/96' },
  { given: '192.0.2.0/24' },
  { given: '!64:ff9b::/96' },
];

describe('recursor.dns64_prefix', () => {
  for (const { given, want } of rows) {
    test(`${given} is ${want ?? 'refused'}`, () => {
      const result = parseConfig(`recursor: {dns64_prefix: "${given}"}`, '/etc/recursor.yml');
      if (result.ok) {
        const { dns64_prefix: prefix } = result.config.recursor;
        expect(prefix && networkText(prefix)).toBe(want);
        return;
      }
      const [error, ...others] = result.errors.map(findingText);
      expect([want, others]).toEqual([undefined, []]);
      expect(error).toContain(`'${given}' is no IPv6 prefix of 32, 40, 48, 56, 64, 96 bits`);
    });
  }
});
