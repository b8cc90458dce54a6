import { describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/load.ts';
import { networkText } from '../../src/config/network.ts';
import { type Config, configValues, optionByPath } from '../../src/config/schema.ts';
import { socketAddressText } from '../../src/config/socket-address.ts';

function base(text = ''): Config {
  const result = parseConfig(text, '/etc/kedge/recursor.yml');
  if (!result.ok) throw new Error(result.errors.map(findingText).join('\n'));
  return result.config;
}

function overridden(args: readonly string[], text?: string) {
  const result = parseConfig(text ?? '', '/etc/kedge/recursor.yml', { overrides: args, directory: '/work' });
  return {
    config: result.ok ? result.config : undefined,
    findings: [...(result.ok ? [] : result.errors), ...result.warnings].map(findingText),
  };
}

const values: readonly { name: string; args: readonly string[]; path: string; want: unknown }[] = [
  { name: 'a number by old name', args: ['--local-port=5335'], path: 'incoming.port', want: 5335 },
  { name: 'a number by path', args: ['--incoming.port=5335'], path: 'incoming.port', want: 5335 },
  { name: 'the last of two', args: ['--local-port=1', '--incoming.port=2'], path: 'incoming.port', want: 2 },
  { name: 'a word', args: ['--dnssec=off'], path: 'dnssec.validation', want: 'off' },
  { name: 'a boolean by old name', args: ['--dnssec-log-bogus=yes'], path: 'dnssec.log_bogus', want: true },
  { name: 'a boolean without a value', args: ['--dnssec-log-bogus'], path: 'dnssec.log_bogus', want: true },
  {
    name: 'a boolean that is off',
    args: ['--qname-minimization=no'],
    path: 'recursor.qname_minimization',
    want: false,
  },
  {
    name: 'a boolean by path',
    args: ['--recursor.qname_minimization=false'],
    path: 'recursor.qname_minimization',
    want: false,
  },
  {
    name: 'a list by old name',
    args: ['--local-address=127.0.0.1, [::1]:54'],
    path: 'incoming.listen',
    want: ['127.0.0.1', '[::1]:54'],
  },
  { name: 'a list by path', args: ['--incoming.listen=127.0.0.1:54'], path: 'incoming.listen', want: ['127.0.0.1:54'] },
  {
    name: 'a list in YAML',
    args: ["--incoming.listen=['::1', 127.0.0.1]"],
    path: 'incoming.listen',
    want: ['::1', '127.0.0.1'],
  },
  { name: 'an address in brackets', args: ['--incoming.listen=[::1]:54'], path: 'incoming.listen', want: ['[::1]:54'] },
  { name: 'an empty list', args: ['--dont-query='], path: 'outgoing.dont_query', want: [] },
  { name: 'a path', args: ['--hint-file=hints'], path: 'recursor.hint_file', want: '/work/hints' },
  {
    name: 'an option under its other name',
    args: ['--max-qperq=60'],
    path: 'kedge.limits.query_max_upstream',
    want: 60,
  },
  {
    name: 'forward zones',
    args: ['--forward-zones=home.arpa=127.0.0.1:5300, a.test=127.0.0.1;[fd00::53]:5300', '--query-local-address+=::'],
    path: 'recursor.forward_zones',
    want: [
      { zone: 'home.arpa.', forwarders: ['127.0.0.1:5300'], recurse: false, notify_allowed: false },
      { zone: 'a.test.', forwarders: ['127.0.0.1:53', '[fd00::53]:5300'], recurse: false, notify_allowed: false },
    ],
  },
  {
    name: 'entries in YAML',
    args: ['--dnssec.negative_trustanchors=[{name: a.test, reason: broken}]'],
    path: 'dnssec.negative_trustanchors',
    want: [{ name: 'a.test.', reason: 'broken' }],
  },
];

describe('overrides', () => {
  for (const { name, args, path, want } of values) {
    it(name, () => {
      const { config, findings } = overridden(args);
      expect(findings).toEqual([]);
      const value = config && configValues(config).get(path);
      expect(optionByPath(path)?.option.type.toYaml(value)).toEqual(want);
    });
  }

  it('keeps everything else', () => {
    const text = "incoming: {listen: ['192.0.2.1:54'], allow_from: [192.0.2.0/24]}";
    const { config } = overridden(['--local-port=5335'], text);
    expect(config?.incoming.listen.map(socketAddressText)).toEqual(['192.0.2.1:54']);
    expect(config?.incoming.allow_from.map(networkText)).toEqual(['192.0.2.0/24']);
    expect({ ...config, incoming: base(text).incoming }).toEqual(base(text));
  });

  it('does not repeat warnings of the file', () => {
    expect(overridden(['--local-port=5335'], 'incoming: {allow_from: []}').findings).toEqual([
      '/etc/kedge/recursor.yml:1:24: incoming.allow_from: the list is empty: everyone may ask',
    ]);
  });

  it('can drop the built-in trust anchors', () => {
    expect(overridden(['--kedge.default_trustanchor=false']).config?.dnssec.trustanchors).toEqual([]);
  });

  const findings: readonly { name: string; args: readonly string[]; want: string }[] = [
    {
      name: 'an unknown name',
      args: ['--local-prot=1'],
      want: 'command line:1:3: local-prot: unknown setting; did you mean --incoming.port?',
    },
    {
      name: 'an unknown path',
      args: ['--incoming.prot=1'],
      want: 'command line:1:3: incoming.prot: unknown setting; did you mean --incoming.port?',
    },
    {
      name: 'no setting at all',
      args: ['--local-port=1', 'port'],
      want: "command line:2:1: 'port' is no setting (expected --NAME=VALUE)",
    },
    {
      name: 'a wrong value',
      args: ['--local-port=x'],
      want: "command line:1:14: incoming.port: found the text 'x' (expected a whole number)",
    },
    {
      name: 'a wrong part of a list',
      args: ['--allow-from=10.0.0.0/8, oops'],
      want: "command line:1:26: incoming.allow_from[1]: 'oops' is no IP address (expected network, for example '192.0.2.0/24')",
    },
    {
      name: 'a zone without servers',
      args: ['--forward-zones=home.arpa'],
      want: "command line:1:17: recursor.forward_zones: 'home.arpa' has no =; zones are written zone=value, without spaces around =",
    },
    {
      name: 'a misleading boolean',
      args: ['--dnssec-log-bogus=false'],
      want: "command line:1:20: dnssec.log_bogus: 'false' means on here, as in PowerDNS; write no or off",
    },
    {
      name: 'an option without effect',
      args: ['--daemon=yes'],
      want: 'command line:1:10: recursor.daemon: has no effect in kedge today',
    },
  ];
  for (const { name, args, want } of findings)
    it(`reports ${name}`, () => expect(overridden(args).findings).toEqual([want]));
});
