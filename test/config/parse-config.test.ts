import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBuiltInTrustAnchor } from '../../src/config/built-in-anchors.ts';
import { findingText } from '../../src/config/config-error.ts';
import { dsText } from '../../src/config/ds-text.ts';
import { parseConfig } from '../../src/config/load.ts';
import { networkText } from '../../src/config/network.ts';
import { allOptions, type Config, configValues, optionByOldName, optionByPath } from '../../src/config/schema.ts';
import { nameText } from '../../src/wire/name-text.ts';

const file = '/etc/kedge/recursor.yml';

function configOf(text: string): Config {
  const result = parseConfig(text, file);
  if (!result.ok) throw new Error(result.errors.map(findingText).join('\n'));
  return result.config;
}

function errorsOf(text: string): string[] {
  const result = parseConfig(text, file);
  return result.ok ? [] : result.errors.map((error) => findingText(error).replace(`${file}:`, ''));
}

function warningsOf(text: string): string[] {
  return parseConfig(text, file).warnings.map((warning) => findingText(warning).replace(`${file}:`, ''));
}

describe('defaults', () => {
  const config = configOf('');

  it('are the same for an empty file and for empty sections', () => {
    expect(configOf('incoming:\nkedge:\n  limits:\n')).toEqual(config);
    expect(warningsOf('')).toEqual([]);
  });

  it('are a valid value of each option, as it would be written', () => {
    for (const { path, option } of allOptions) {
      if (option.default === undefined) continue;
      const [section = '', ...keys] = path.split('.');
      const value = option.type.toYaml(option.default);
      const document = { [section]: keys.reduceRight((inner: unknown, key) => ({ [key]: inner }), value) };
      const result = parseConfig(JSON.stringify(document), file);
      expect(result.ok ? [] : result.errors.map(findingText), path).toEqual([]);
      expect(result.warnings.map(findingText), path).toEqual([]);
      expect(option.type.toYaml(configValues(configOf(JSON.stringify(document))).get(path)), path).toEqual(value);
    }
  });

  const cases: readonly { name: string; given: unknown; want: unknown }[] = [
    {
      name: 'listen on loopback',
      given: config.incoming.listen.map(({ address }) => address),
      want: ['127.0.0.1', '::1'],
    },
    { name: 'port 53', given: config.incoming.port, want: 53 },
    { name: 'validate', given: config.dnssec.validation, want: 'validate' },
    { name: 'NSEC3 iterations (RFC 9276)', given: config.dnssec.nsec3_max_iterations, want: 50 },
    { name: 'negative TTL', given: config.recordcache.max_negative_ttl, want: 3600 },
    { name: 'EDNS size towards servers', given: config.outgoing.edns_bufsize, want: 1232 },
    { name: 'EDNS size towards clients', given: config.incoming.udp_truncation_threshold, want: 1232 },
    {
      name: 'both root anchors',
      given: config.dnssec.trustanchors[0]?.dsRecords.map(({ keyTag }) => keyTag),
      want: [20326, 38696],
    },
    {
      name: 'clients on local networks',
      given: config.incoming.allow_from.map(networkText),
      want: [
        '127.0.0.0/8',
        '10.0.0.0/8',
        '100.64.0.0/10',
        '169.254.0.0/16',
        '192.168.0.0/16',
        '172.16.0.0/12',
        '::1/128',
        'fc00::/7',
        'fe80::/10',
      ],
    },
    {
      name: 'private networks are not asked',
      given: config.outgoing.dont_query.map(networkText).includes('10.0.0.0/8'),
      want: true,
    },
    { name: 'queries for a query', given: config.kedge.limits.query_max_upstream, want: 200 },
    { name: 'the same under the name of PowerDNS', given: config.outgoing.max_qperq, want: 200 },
  ];
  for (const { name, given, want } of cases) it(name, () => expect(given).toEqual(want));

  const iterations: readonly { given: string; want: number }[] = [
    { given: 'kedge: {sha1: validate}', want: 150 },
    { given: 'kedge: {sha1: insecure}', want: 50 },
    { given: 'dnssec: {nsec3_max_iterations: 50}\nkedge: {sha1: validate}', want: 50 },
    { given: 'dnssec: {nsec3_max_iterations: 0}\nkedge: {sha1: validate}', want: 0 },
  ];
  const loopbackOctets: readonly { given: string; want: number }[] = [
    { given: '{}', want: 4096 },
    { given: 'incoming: {udp_truncation_threshold: 1400}', want: 1400 },
    { given: 'incoming: {udp_truncation_threshold: 1232}', want: 1232 },
    {
      given: 'incoming: {udp_truncation_threshold: 1232}\nkedge: {udp_truncation_threshold_loopback: 2000}',
      want: 2000,
    },
  ];
  for (const { given, want } of loopbackOctets) {
    it(`UDP octets to loopback with ${given.replace('\n', ' ')}`, () => {
      expect(configOf(given).kedge.udp_truncation_threshold_loopback).toBe(want);
    });
  }
  for (const { given, want } of iterations) {
    it(`NSEC3 iterations with ${given.replace('\n', ' ')}`, () => {
      expect(configOf(given).dnssec.nsec3_max_iterations).toBe(want);
    });
  }
});

describe('the option table', () => {
  it('has each old-style name once', () => {
    const names = allOptions.flatMap(({ option }) => option.oldName ?? []);
    expect(new Set(names).size).toBe(names.length);
    expect(optionByOldName('local-port')?.path).toBe('incoming.port');
  });

  it('says what to do instead of each refused option', () => {
    for (const { path, option } of allOptions) {
      if (option.effect === 'rejected') expect(option.instead, path).toBeTruthy();
    }
  });

  it('gives options that are the same thing the same default', () => {
    for (const { path, option } of allOptions) {
      if (option.sameAs === undefined) continue;
      expect(optionByPath(option.sameAs)?.option.default, path).toBe(option.default);
    }
  });
});

describe('errors', () => {
  const cases: readonly { name: string; given: string; want: readonly string[] }[] = [
    {
      name: 'an unknown section',
      given: 'dnsec:\n  validation: off\n',
      want: ["1:1: dnsec: unknown section 'dnsec'; did you mean dnssec?"],
    },
    {
      name: 'control characters',
      given: '"dn\\e[2J":\n',
      want: [expect.stringContaining("unknown section 'dn\\x1b[2J'")],
    },
    {
      name: 'no address to listen on',
      given: 'incoming:\n  listen: []\n',
      want: [expect.stringContaining('2:11: incoming.listen: the list is empty: nobody could ask')],
    },
    {
      name: 'an unknown option',
      given: 'dnssec:\n  validaton: off\n',
      want: ["2:3: dnssec.validaton: unknown option 'validaton'; did you mean dnssec.validation?"],
    },
    {
      name: 'an option in the wrong section',
      given: 'recursor:\n  trustanchors: []\n',
      want: ["2:3: recursor.trustanchors: unknown option 'trustanchors'; did you mean dnssec.trustanchors?"],
    },
    {
      name: 'a misspelt option in the wrong section',
      given: 'recursor:\n  trust_anchors: []\n',
      want: ["2:3: recursor.trust_anchors: unknown option 'trust_anchors'; did you mean dnssec.trustanchors?"],
    },
    {
      name: 'an old-style name',
      given: 'local-address: 127.0.0.1\n',
      want: ["1:1: local-address: unknown section 'local-address'; did you mean incoming.listen?"],
    },
    {
      name: 'a name of the language',
      given: 'constructor: 1\n',
      want: [expect.stringContaining("unknown section 'constructor'")],
    },
    {
      name: 'a word for a boolean',
      given: 'dnssec:\n  log_bogus: yes\n',
      want: ["2:14: dnssec.log_bogus: found the text 'yes'; write true, without quotes (expected true or false)"],
    },
    {
      name: 'text for a number',
      given: "incoming:\n  port: '53'\n",
      want: ["2:9: incoming.port: found the text '53'; write it without quotes (expected a whole number)"],
    },
    {
      name: 'a number out of range',
      given: 'incoming: {port: 70000}\n',
      want: ['1:18: incoming.port: 70000 is out of range (expected a number from 1 to 65535)'],
    },
    {
      name: 'a fraction',
      given: 'incoming: {port: 5.3}\n',
      want: ['1:18: incoming.port: found 5.3 (expected a whole number)'],
    },
    {
      name: 'an unknown mode',
      given: 'dnssec:\n  validation: on\n',
      want: [
        "2:15: dnssec.validation: found the text 'on' (expected one of off, process-no-validate, process, log-fail, validate)",
      ],
    },
    {
      name: 'a single value for a list',
      given: 'incoming:\n  listen: 127.0.0.1\n',
      want: [
        "2:11: incoming.listen: found the text '127.0.0.1' (expected a list of addresses with optional port, for example ['192.0.2.1:5300'])",
      ],
    },
    {
      name: 'a section that is none',
      given: 'incoming: 53\n',
      want: ['1:11: incoming: found 53 (expected options of the section incoming)'],
    },
    {
      name: 'an option without a value',
      given: 'dnssec:\n  trustanchors:\n',
      want: [expect.stringContaining('2:3: dnssec.trustanchors: no value is given')],
    },
    { name: 'a list as a file', given: '- 1\n', want: [expect.stringContaining('1:1: found a list')] },
    {
      name: 'a key of an entry',
      given: 'dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecord: []\n',
      want: ["4:7: dnssec.trustanchors[0]: unknown key 'dsrecord'; did you mean dsrecords?"],
    },
    {
      name: 'a missing key of an entry',
      given: 'dnssec:\n  negative_trustanchors:\n    - reason: broken\n',
      want: ["3:7: dnssec.negative_trustanchors[0]: the key 'name' is missing (expected name: home.arpa)"],
    },
    {
      name: 'a DS copied from a guide',
      given: "dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords: ['12345 13 2 4a3b...']\n",
      want: [expect.stringContaining("4:19: dnssec.trustanchors[0].dsrecords[0]: the digest contains '...'")],
    },
    {
      name: 'an anchor without records',
      given: 'dnssec:\n  trustanchors: [{name: home.arpa, dsrecords: []}]\n',
      want: [expect.stringContaining('dnssec.trustanchors[0].dsrecords: the list is empty')],
    },
    {
      name: 'a mark of the forward-zones file',
      given: "recursor:\n  forward_zones: [{zone: +home.arpa, forwarders: ['192.0.2.1']}]\n",
      want: [expect.stringContaining('use forward_zones_recurse')],
    },
    {
      name: 'an option that cannot be ignored',
      given: 'recursor:\n  chroot: /var/empty\n',
      want: [expect.stringContaining('2:11: recursor.chroot: kedge does not support this')],
    },
    {
      name: 'ports in the wrong order',
      given: 'outgoing: {udp_source_port_min: 5000, udp_source_port_max: 4000}\n',
      want: [expect.stringContaining('5000 is above udp_source_port_max, 4000')],
    },
    {
      name: 'one limit twice',
      given: 'outgoing: {max_qperq: 60}\nkedge: {limits: {query_max_upstream: 70}}\n',
      want: [expect.stringContaining('outgoing.max_qperq and kedge.limits.query_max_upstream are the same thing')],
    },
    {
      name: 'a key that occurs twice',
      given: 'incoming:\n  port: 53\n  port: 54\n',
      want: ['3:3: this key appears twice'],
    },
    {
      name: 'a tag nobody knows',
      given: 'incoming:\n  listen: !add [127.0.0.1]\n',
      want: [expect.stringContaining('2:11: Unresolved tag: !add')],
    },
    { name: 'broken YAML', given: 'incoming: [\n', want: [expect.stringContaining('no valid YAML')] },
    {
      name: 'an alias without anchor',
      given: 'incoming: {listen: *nothing}\n',
      want: [expect.stringContaining('nothing')],
    },
    { name: 'several documents', given: 'incoming:\n---\ndnssec:\n', want: [expect.stringContaining('no valid YAML')] },
  ];
  for (const { name, given, want } of cases) it(name, () => expect(errorsOf(given)).toEqual(want));

  it('are all reported at once, in the order of the file', () => {
    const text = 'incoming:\n  port: a\nrecursor:\n  chroot: /x\ndnssec:\n  validation: b\nfoo: 1\n';
    expect(errorsOf(text).map((line) => line.slice(0, 2))).toEqual(['2:', '4:', '6:', '7:']);
  });

  it('stop aliases that stand for too much', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      return `l${level}: &l${level} [${Array(10)
        .fill(level === 0 ? 'x' : `*l${level - 1}`)
        .join(', ')}]`;
    });
    expect(errorsOf(`${levels.join('\n')}\n`)).toEqual([expect.stringContaining('aliases repeat too much')]);
  });

  it('stop an alias of itself and deep nesting', () => {
    expect(errorsOf('incoming: &a [*a]\n')).not.toEqual([]);
    expect(errorsOf(`incoming: ${'['.repeat(60)}${']'.repeat(60)}\n`)).toEqual([
      expect.stringContaining('nested deeper'),
    ]);
    expect(errorsOf(`incoming: ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`)).toEqual([
      expect.stringContaining('nested deeper'),
    ]);
  });

  it('come for any text, without an exception', () => {
    const words = fc.constantFrom(
      'dnssec',
      ':',
      ' ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      "'",
      '!override',
      '&a',
      '*a',
      '1',
      '|',
      '#',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(typeof parseConfig(text, file).ok).toBe('boolean');
      }),
      { numRuns: 500 },
    );
  });
});

describe('warnings', () => {
  const cases: readonly { name: string; given: string; want: readonly string[] }[] = [
    {
      name: 'an option without effect',
      given: 'recursor:\n  daemon: true\n',
      want: ['2:11: recursor.daemon: has no effect in kedge today'],
    },
    { name: 'not for its default', given: 'recursor:\n  daemon: false\n', want: [] },
    {
      name: 'a number moved into range',
      given: 'outgoing:\n  max_qperq: 1000\n',
      want: ["2:14: outgoing.max_qperq: 1000 is outside kedge's range of 20 to 400; using 400"],
    },
    {
      name: 'a TTL that others have no bound for',
      given: 'recordcache:\n  max_ttl: 99999999\n',
      want: ["2:12: recordcache.max_ttl: 99999999 is outside kedge's range of 1 to 604800; using 604800"],
    },
    {
      name: 'both kinds of anchor',
      given:
        "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 13 2 DIGEST']}], negative_trustanchors: [{name: a.test}]}\n".replace(
          'DIGEST',
          'ab'.repeat(32),
        ),
      want: [expect.stringContaining('has a negative trust anchor too, and that wins')],
    },
    {
      name: 'both kinds of anchor, the negative one ended',
      given:
        "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 13 2 DIGEST']}], negative_trustanchors: [{name: a.test, expires: 2020-01-01}]}\n".replace(
          'DIGEST',
          'ab'.repeat(32),
        ),
      want: [],
    },
    {
      name: 'everyone may ask',
      given: 'incoming: {allow_from: []}\n',
      want: [expect.stringContaining('everyone may ask')],
    },
    {
      name: 'a digest of the wrong length',
      given: "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 8 2 abcd']}]}\n",
      want: [expect.stringContaining('it matches no key')],
    },
    {
      name: 'an anchor below which nothing is validated',
      given:
        "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d']}], negative_trustanchors: [{name: A.test.}]}\n",
      want: [expect.stringContaining('a.test has a negative trust anchor too')],
    },
    {
      name: 'an anchor that cannot be used (RFC 4035 5.2)',
      given:
        "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 12 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d']}]}\n",
      want: [expect.stringContaining('no anchor of a.test has a supported algorithm and digest')],
    },
    {
      name: 'a zone given twice',
      given:
        "recursor: {forward_zones: [{zone: a.test, forwarders: ['192.0.2.1']}, {zone: A.TEST, forwarders: ['192.0.2.2']}]}\n",
      want: [expect.stringContaining('A.TEST is given twice')],
    },
    {
      name: 'an unknown option that is to be ignored',
      given: 'recursor:\n  ignore_unknown_settings: [new_thing]\n  new_thing: 1\n',
      want: ['3:3: recursor.new_thing: unknown, and ignored as ignore_unknown_settings says'],
    },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => {
      expect(errorsOf(given)).toEqual([]);
      expect(warningsOf(given)).toEqual(want);
    });
  }
});

describe('values', () => {
  it('of one option appear under its other name', () => {
    expect(configOf('outgoing: {max_qperq: 60}').kedge.limits.query_max_upstream).toBe(60);
    expect(configOf('kedge: {limits: {query_max_upstream: 70}}').outgoing.max_qperq).toBe(70);
    expect(configOf('outgoing: {max_ns_per_resolve: 0}').kedge.limits.deleg_max_ns).toBe(100);
  });

  it('off is a word, not a boolean (YAML 1.2)', () => {
    expect(configOf('dnssec: {validation: off}').dnssec.validation).toBe('off');
    expect(configOf('recursor: {hint_file: no}').recursor.hint_file).toBe('no');
  });

  it('keep numbers as written where text is wanted', () => {
    expect(configOf('recursor: {version_string: 1.10}').recursor.version_string).toBe('1.10');
  });

  it('that are paths start at the directory of the file', () => {
    expect(configOf('recursor: {hint_file: root.hints}').recursor.hint_file).toBe('/etc/kedge/root.hints');
    expect(configOf('dnssec: {trustanchorfile: ../a/b}').dnssec.trustanchorfile).toBe('/etc/a/b');
    expect(configOf('dnssec: {trustanchorfile: /a/b}').dnssec.trustanchorfile).toBe('/a/b');
  });

  it('of forward zones have ports and the RD bit of their option', () => {
    const { recursor } = configOf(
      "recursor:\n  forward_zones:\n    - {zone: home.arpa, forwarders: ['192.0.2.1', '[2001:db8::1]:5300'], notifyAllowed: true}\n" +
        "  forward_zones_recurse:\n    - {zone: ., forwarders: ['192.0.2.2']}\n",
    );
    const [home] = recursor.forward_zones;
    expect(home && nameText(home.zone)).toBe('home.arpa.');
    expect(home?.forwarders).toEqual([
      { address: '192.0.2.1', port: 53 },
      { address: '2001:db8::1', port: 5300 },
    ]);
    expect([home?.recurse, home?.notifyAllowed]).toEqual([false, true]);
    expect(recursor.forward_zones_recurse[0]?.recurse).toBe(true);
  });

  describe('of trust anchors', () => {
    const names = (text: string) => configOf(text).dnssec.trustanchors.map(({ name }) => nameText(name));
    it('leave the built-in root anchors', () => {
      const text = "dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['1 8 99 ab']}]}";
      expect(names(text)).toEqual(['.', 'home.arpa.']);
      expect(configOf(text).dnssec.trustanchors.map(isBuiltInTrustAnchor)).toEqual([true, false]);
    });
    it('replace the built-in ones by an entry for the root', () => {
      const text = "dnssec: {trustanchors: [{name: ., dsrecords: ['1 8 99 ab']}]}";
      expect(configOf(text).dnssec.trustanchors.map(({ dsRecords }) => dsRecords.map(dsText))).toEqual([['1 8 99 ab']]);
    });
    it('are joined for one name', () => {
      const text =
        "dnssec: {trustanchors: [{name: a.test, dsrecords: ['1 8 99 ab', '1 8 99 AB']}, {name: A.test, dsrecords: ['2 8 99 cd']}]}";
      expect(configOf(text).dnssec.trustanchors[1]?.dsRecords.map(dsText)).toEqual(['1 8 99 ab', '2 8 99 cd']);
    });
    it('are none without the built-in ones', () => {
      expect(names('kedge: {default_trustanchor: false}')).toEqual([]);
      expect(names('kedge: {default_trustanchor: false}\ndnssec: {trustanchors: []}')).toEqual([]);
    });
  });
});
