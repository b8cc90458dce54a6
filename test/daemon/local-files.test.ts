import { afterAll, describe, expect, test } from 'vitest';
import { readAuthZones, readHosts } from '../../src/daemon/local-files.ts';
import { notifyRules } from '../../src/daemon/server-options.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { recordText } from '../../src/wire/zone-text.ts';
import { configOf, directoryWith } from './support/daemons.ts';

const soa = '@ SOA ns h 1 2 3 4 5\n';
const files = directoryWith({
  'good.zone': `$TTL 60\n${soa}www A 192.0.2.1\n$GENERATE 1-3 h$ A 192.0.2.$\n$INCLUDE more.inc\n`,
  'more.inc': 'more A 192.0.2.9\n',
  'without-ttl.zone': `${soa}www A 192.0.2.1\n`,
  'no-soa.zone': '$TTL 60\nwww A 192.0.2.1\n',
  'broken.zone': `${soa}www A 192.0.2.300\nx A 1\n`,
  'includes-broken.zone': `${soa}$INCLUDE broken.inc\n`,
  'broken.inc': '\nwww A 192.0.2.300\n',
  'includes-nothing.zone': `${soa}$INCLUDE nothing.inc\n`,
  'stray.zone': `${soa}www.elsewhere. A 192.0.2.1\n`,
  hosts: '192.168.7.1 router\nbad\n',
});
afterAll(() => files.remove());

function zonesOf(yaml: string): { zones: ReturnType<typeof readAuthZones>; warnings: string[] } {
  const warnings: string[] = [];
  const config = configOf(`recursor: ${yaml}`);
  return { zones: readAuthZones(config, (message) => void warnings.push(message)), warnings };
}

const entry = (file: string, zone = 'lan') => `{zone: ${zone}, file: ${files.path(file)}}`;

describe('zone files (recursor.auth_zones)', () => {
  test('with $GENERATE and $INCLUDE, whose file lies beside', () => {
    const { zones, warnings } = zonesOf(`{auth_zones: [${entry('good.zone')}]}`);
    const found = ['www', 'h1', 'h3', 'more'].map((name) => zones[0]?.answer(nameOf(`${name}.lan`), RRType.A).kind);
    expect(found).toEqual(['rrsets', 'rrsets', 'rrsets', 'rrsets']);
    expect(warnings).toEqual([]);
  });

  test('a record without a TTL has that of PowerDNS', () => {
    const { zones } = zonesOf(`{auth_zones: [${entry('without-ttl.zone')}]}`);
    expect(zones[0]?.soa.ttl).toBe(3600);
  });

  const bad: { name: string; yaml: string; message: RegExp }[] = [
    {
      name: 'a file that is not there',
      yaml: `{auth_zones: [${entry('none.zone')}]}`,
      message: /^recursor\.auth_zones: lan: cannot read .*none\.zone: it does not exist$/,
    },
    {
      name: 'a zone without SOA',
      yaml: `{auth_zones: [${entry('no-soa.zone')}]}`,
      message: /no-soa\.zone: there is no SOA record of lan$/,
    },
    {
      name: 'a record that cannot be read',
      yaml: `{auth_zones: [${entry('broken.zone')}]}`,
      message: /broken\.zone:2: A: '192\.0\.2\.300' is no IPv4 address \(and 1 more\)$/,
    },
    {
      name: 'one in an included file',
      yaml: `{auth_zones: [${entry('includes-broken.zone')}]}`,
      message: /broken\.inc:2: A: '192\.0\.2\.300' is no IPv4 address$/,
    },
    {
      name: 'an included file that is not there',
      yaml: `{auth_zones: [${entry('includes-nothing.zone')}]}`,
      message: /includes-nothing\.zone:2: \$INCLUDE 'nothing\.inc': it does not exist$/,
    },
    {
      name: '$INCLUDE where it is forbidden',
      yaml: `{max_include_depth: 0, auth_zones: [${entry('good.zone')}]}`,
      message: /good\.zone:5: \$INCLUDE is not allowed$/,
    },
    {
      name: 'too long a $GENERATE',
      yaml: `{max_generate_steps: 2, auth_zones: [${entry('good.zone')}]}`,
      message: /good\.zone:4: \$GENERATE makes 3 records, more than the 2 allowed$/,
    },
  ];
  for (const { name, yaml, message } of bad) {
    test(`${name} stops the program`, () => {
      expect(() => zonesOf(yaml)).toThrow(StartError);
      expect(() => zonesOf(yaml)).toThrow(message);
    });
  }

  const odd: { name: string; yaml: string; warning: RegExp }[] = [
    {
      name: 'records of another zone',
      yaml: `{auth_zones: [${entry('stray.zone')}]}`,
      warning: /records that do not belong to lan are left out: www\.elsewhere\. A$/,
    },
    {
      name: 'a zone given twice',
      yaml: `{auth_zones: [${entry('good.zone')}, ${entry('without-ttl.zone')}]}`,
      warning: /^recursor\.auth_zones: lan is given twice; the later file is used$/,
    },
    {
      name: 'a zone that is forwarded too',
      yaml: `{auth_zones: [${entry('good.zone')}], forward_zones: [{zone: lan, forwarders: ['192.0.2.1']}]}`,
      warning: /lan is also a forward zone, and that wins/,
    },
  ];
  for (const { name, yaml, warning } of odd) {
    test(`${name} is worth a warning`, () => {
      expect(zonesOf(yaml).warnings).toEqual([expect.stringMatching(warning)]);
    });
  }
});

describe('the hosts file (recursor.export_etc_hosts)', () => {
  const read = (yaml: string, warnings: string[] = []) =>
    readHosts(configOf(`recursor: ${yaml}`), (message) => void warnings.push(message)).map(recordText);

  test('is not read unless it is exported', () => {
    expect(read(`{etc_hosts_file: ${files.path('nowhere')}}`)).toEqual([]);
  });

  test('names get the suffix, bad lines a warning', () => {
    const warnings: string[] = [];
    const yaml = `{export_etc_hosts: true, etc_hosts_file: ${files.path('hosts')}, export_etc_hosts_search_suffix: lan}`;
    expect(read(yaml, warnings)).toEqual([
      'router.lan. 86400 IN A 192.168.7.1',
      '1.7.168.192.in-addr.arpa. 86400 IN PTR router.lan.',
    ]);
    expect(warnings).toEqual([`${files.path('hosts')}:2: 'bad' is no IP address; the line is left out`]);
  });

  test('that is not there stops the program', () => {
    const yaml = `{export_etc_hosts: true, etc_hosts_file: ${files.path('nowhere')}}`;
    expect(() => read(yaml)).toThrow(/^recursor\.etc_hosts_file: cannot read .*nowhere: it does not exist$/);
  });

  test('a suffix that is no name stops the program', () => {
    const yaml = `{export_etc_hosts: true, etc_hosts_file: ${files.path('hosts')}, export_etc_hosts_search_suffix: a..b}`;
    expect(() => read(yaml)).toThrow(/export_etc_hosts_search_suffix: 'a\.\.b': the name has an empty label/);
  });
});

test('who may notify: the listed zones, and forward zones that are marked', () => {
  const config = configOf(
    [
      'incoming: {allow_notify_from: [192.0.2.0/24], allow_notify_for: [a.lan]}',
      'recursor:',
      "  forward_zones: [{zone: b.lan, forwarders: ['192.0.2.1'], notify_allowed: true}]",
      "  forward_zones_recurse: [{zone: c.lan, forwarders: ['192.0.2.1']}]",
    ].join('\n'),
  );
  const { from, zones } = notifyRules(config);
  expect(from).toHaveLength(1);
  expect(zones.map(nameText)).toEqual(['a.lan.', 'b.lan.']);
});
