// `outgoing.tls_configurations`: what is read, which entry is for which forwarder, and what is said about it (RFC 8310).
import { describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import { isOverTls, tlsConfigurationFor } from '../../src/config/tls-configuration.ts';

const file = '/etc/kedge/recursor.yml';

function configOf(text: string): Config {
  const result = parseConfig(text, file);
  if (!result.ok) throw new Error(result.errors.map(findingText).join('\n'));
  return result.config;
}

function messagesOf(text: string): string[] {
  const result = parseConfig(text, file);
  const findings = [...(result.ok ? [] : result.errors), ...result.warnings];
  return findings.map((finding) => findingText(finding).replace(`${file}:`, ''));
}

const zone = (...forwarders: string[]) =>
  `recursor:\n  forward_zones_recurse: [{zone: ., forwarders: ${JSON.stringify(forwarders)}}]\n`;

describe('which forwarder is asked over TLS', () => {
  const rows = [
    { name: 'one on port 853', text: zone('192.0.2.1:853'), want: true },
    { name: 'none on another port', text: zone('192.0.2.1:53'), want: false },
    {
      name: 'none with dot_to_port_853 off',
      text: `${zone('192.0.2.1:853')}outgoing: {dot_to_port_853: false}\n`,
      want: false,
    },
  ];
  for (const { name, text, want } of rows) {
    it(name, () => {
      const config = configOf(text);
      const [forwarder] = config.recursor.forward_zones_recurse[0]?.forwarders ?? [];
      expect(forwarder && isOverTls(forwarder, config)).toBe(want);
    });
  }
});

describe('the entry for a forwarder', () => {
  const config = configOf(`
outgoing:
  tls_configurations:
    - {name: names-only, suffixes: [example.net]}
    - {name: one, subnets: ['192.0.2.1']}
    - {name: most, subnets: ['192.0.2.0/24', '!192.0.2.7', '2001:db8::/32']}
    - {name: all, subnets: ['0.0.0.0/0']}
`);
  const rows = [
    { address: '192.0.2.1', want: 'one' },
    { address: '192.0.2.2', want: 'most' },
    { address: '192.0.2.7', want: 'all' },
    { address: '198.51.100.1', want: 'all' },
    { address: '2001:db8::1', want: 'most' },
    { address: 'fe80::1%eth0', want: undefined },
  ];
  for (const { address, want } of rows) {
    it(`at ${address} is ${want ?? 'none'}`, () => {
      expect(tlsConfigurationFor({ address, port: 853 }, config)?.name).toBe(want);
    });
  }
});

describe('findings', () => {
  const rows: readonly { name: string; text: string; want: readonly RegExp[] }[] = [
    {
      name: 'a forwarder that nobody authenticates',
      text: `${zone('192.0.2.1:853', '[2001:db8::1]:853', '192.0.2.2:53')}outgoing: {source_address: [0.0.0.0, '::']}\n`,
      want: [
        /^2:27: recursor\.forward_zones_recurse: zone \.: 192\.0\.2\.1:853, \[2001:db8::1\]:853: encrypted, but not authenticated/,
      ],
    },
    {
      name: 'none for one that is checked',
      text: `${zone('192.0.2.1:853')}outgoing:\n  tls_configurations: [{name: one, subnets: ['192.0.2.1'], validate_certificate: true, subject_name: dns.example}]\n`,
      want: [],
    },
    {
      name: 'an IPv6 forwarder without an IPv6 source address',
      text: zone('192.0.2.1', '[2001:db8::1]:5300'),
      want: [/^2:27: .*zone \.: \[2001:db8::1\]:5300 will not be asked: .*add '::'/],
    },
    {
      name: 'an entry for nobody',
      text: "outgoing:\n  tls_configurations:\n    - {name: one, subnets: ['192.0.2.1']}\n",
      want: [/^3:7: outgoing\.tls_configurations: 'one' is used by no server/],
    },
    {
      name: 'a certificate without its key',
      text: 'outgoing:\n  tls_configurations: [{name: one, client_certificate: /x.pem}]\n',
      want: [/client_certificate and client_certificate_key go together/],
    },
    {
      name: 'an unknown key, with a suggestion',
      text: 'outgoing:\n  tls_configurations: [{name: one, subject: x}]\n',
      want: [/unknown key 'subject'/],
    },
    {
      name: 'an address that is none',
      text: 'outgoing:\n  tls_configurations: [{name: one, subject_address: dns.example}]\n',
      want: [/tls_configurations\[0\]\.subject_address: 'dns\.example' is no IP address/],
    },
    {
      name: 'an entry without a name',
      text: 'outgoing:\n  tls_configurations: [{subnets: []}]\n',
      want: [/the key 'name' is missing/],
    },
    {
      name: 'another provider',
      text: "outgoing:\n  tls_configurations: [{name: one, provider: gnutls, subnets: ['192.0.2.1']}]\n",
      want: [/OpenSSL/, /used by no server/],
    },
  ];
  for (const { name, text, want } of rows) {
    it(name, () => {
      const messages = messagesOf(text);
      expect(messages.length).toBe(want.length);
      for (const [index, pattern] of want.entries()) expect(messages[index]).toMatch(pattern);
    });
  }
});
