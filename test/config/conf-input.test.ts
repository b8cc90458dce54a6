// Old-style files: syntax, joined lines, increments, booleans, places (POWERDNS 1.2).
import { describe, expect, it } from 'vitest';
import { confSettings } from '../../src/config/conf-text.ts';
import { findingText } from '../../src/config/config-error.ts';
import { fileFormat } from '../../src/config/file-format.ts';
import { Findings } from '../../src/config/findings.ts';
import { parseConfig } from '../../src/config/load.ts';
import { configValues, optionByPath } from '../../src/config/schema.ts';

const file = '/etc/kedge/recursor.conf';

/** The value of an option, as YAML would hold it, and all findings. */
function read(text: string, path = 'incoming.port') {
  const result = parseConfig(text, file);
  const findings = [...(result.ok ? [] : result.errors), ...result.warnings];
  const value = result.ok ? configValues(result.config).get(path) : undefined;
  return {
    value: value === undefined ? undefined : optionByPath(path)?.option.type.toYaml(value),
    findings: findings.map((finding) => findingText(finding).replace(`${file}:`, '')),
  };
}

describe('settings of a text', () => {
  const cases: readonly { name: string; text: string; want: readonly string[] }[] = [
    { name: 'spaces around both are trimmed', text: '  local-port \t=  5335 \r\n', want: ['1:3 local-port=5335'] },
    { name: 'a name alone has an empty value', text: 'quiet\n', want: ['1:1 quiet='] },
    { name: 'comments at the start of a line', text: '# a\n  # b=c\nquiet=no', want: ['3:1 quiet=no'] },
    {
      name: 'comments after white space',
      text: 'server-id=x # y\nversion-string=a#b\t# c',
      want: ['1:1 server-id=x', '2:1 version-string=a#b'],
    },
    { name: 'a # inside a word is none', text: 'api-key=a#b', want: ['1:1 api-key=a#b'] },
    {
      name: 'a backslash joins the next line',
      text: 'allow-from=a,\\  \n b,\\\nc\nquiet',
      want: ['1:1 allow-from=a, b,c', '4:1 quiet='],
    },
    { name: 'a backslash at the end of the file', text: 'quiet=no\\', want: ['1:1 quiet=no'] },
    { name: 'an increment', text: 'allow-from+=10.0.0.0/8\nx +=1', want: ['1:1 allow-from+=10.0.0.0/8', '2:1 x+=1'] },
    {
      name: 'the first = ends the name',
      text: 'api-key=abc+=\nforward-zones=a=b',
      want: ['1:1 api-key=abc+=', '2:1 forward-zones=a=b'],
    },
    { name: 'a byte order mark', text: '\uFEFFquiet=no', want: ['1:1 quiet=no'] },
  ];
  for (const { name, text, want } of cases) {
    it(name, () => {
      const settings = confSettings(text, file, new Findings());
      expect(
        settings.map(({ name: word, place, value, isIncrement }) => {
          return `${place.line}:${place.column} ${word}${isIncrement ? '+=' : '='}${value.text}`;
        }),
      ).toEqual(want);
    });
  }
});

describe('values', () => {
  const cases: readonly { name: string; text: string; path: string; want: unknown }[] = [
    { name: 'a number', text: 'local-port=5335', path: 'incoming.port', want: 5335 },
    { name: 'the last line wins', text: 'local-port=1\nlocal-port=2', path: 'incoming.port', want: 2 },
    { name: 'a boolean that is empty is on', text: 'dnssec-log-bogus=', path: 'dnssec.log_bogus', want: true },
    { name: 'a boolean without = is on', text: 'dnssec-log-bogus', path: 'dnssec.log_bogus', want: true },
    { name: 'a trace that is off', text: 'trace=off', path: 'logging.trace', want: 'no' },
    { name: 'a trace without =', text: 'trace', path: 'logging.trace', want: 'yes' },
    { name: 'a trace of failures', text: 'trace=fail', path: 'logging.trace', want: 'fail' },
    { name: 'no is off', text: 'any-to-tcp=no', path: 'recursor.any_to_tcp', want: false },
    { name: 'off is off', text: 'any-to-tcp=off', path: 'recursor.any_to_tcp', want: false },
    { name: 'any other text is on', text: 'dnssec-log-bogus=maybe', path: 'dnssec.log_bogus', want: true },
    {
      name: 'a list between commas, spaces and tabs',
      text: 'allow-from=10.0.0.0/8,192.0.2.1 \t!192.0.2.2,, ::1',
      path: 'incoming.allow_from',
      want: ['10.0.0.0/8', '192.0.2.1/32', '!192.0.2.2/32', '::1/128'],
    },
    { name: 'an empty list', text: 'dont-query=', path: 'outgoing.dont_query', want: [] },
    {
      name: 'increments join',
      text: 'local-address=127.0.0.1\nlocal-address+=::1\nlocal-address += 127.0.0.2:54',
      path: 'incoming.listen',
      want: ['127.0.0.1', '::1', '127.0.0.2:54'],
    },
    {
      name: 'a later plain line starts over',
      text: 'local-address=127.0.0.1\nlocal-address+=::1\nlocal-address=127.0.0.2',
      path: 'incoming.listen',
      want: ['127.0.0.2'],
    },
    {
      name: 'an increment of a default that is not empty joins it, as the program of PowerDNS does',
      text: 'query-local-address+=::',
      path: 'outgoing.source_address',
      want: ['0.0.0.0', '::'],
    },
    {
      name: 'forward zones',
      text: 'forward-zones=home.arpa=127.0.0.1:5300, b.test=192.0.2.1;[fd00::53]:5300;fd00::54\nquery-local-address=0.0.0.0,::',
      path: 'recursor.forward_zones',
      want: [
        { zone: 'home.arpa.', forwarders: ['127.0.0.1:5300'], recurse: false, notify_allowed: false },
        {
          zone: 'b.test.',
          forwarders: ['192.0.2.1:53', '[fd00::53]:5300', '[fd00::54]:53'],
          recurse: false,
          notify_allowed: false,
        },
      ],
    },
    {
      name: 'a path, from the directory of the file',
      text: 'hint-file=hints',
      path: 'recursor.hint_file',
      want: '/etc/kedge/hints',
    },
    {
      name: 'an empty value for what has no default',
      text: 'dns64-prefix=',
      path: 'recursor.dns64_prefix',
      want: undefined,
    },
    {
      name: 'an option that only YAML has a name for',
      text: 'kedge.default_trustanchor=false',
      path: 'kedge.default_trustanchor',
      want: false,
    },
    {
      name: 'the same, a list in YAML',
      text: "kedge.local_data=['a.test A 192.0.2.1']",
      path: 'kedge.local_data',
      want: ['a.test A 192.0.2.1'],
    },
  ];
  for (const { name, text, path, want } of cases) {
    it(name, () => {
      const { value, findings } = read(text, path);
      expect(findings).toEqual([]);
      expect(value).toEqual(want);
    });
  }

  it('of query-local-address6 join the IPv4 sources', () => {
    const text = 'query-local-address6=2001:db8::1\nquery-local-address=192.0.2.1';
    expect(read(text, 'outgoing.source_address')).toEqual({
      value: ['192.0.2.1', '2001:db8::1'],
      findings: ['1:1: query-local-address6: this setting is gone; its addresses belong to query-local-address today'],
    });
  });
});

describe('findings', () => {
  const cases: readonly { name: string; text: string; want: readonly string[] }[] = [
    {
      name: 'an unknown name, with a suggestion',
      text: '\n local-prot=53',
      want: ["2:2: unknown setting 'local-prot'; did you mean local-port?"],
    },
    {
      name: 'an unknown name that is to be ignored',
      text: 'strange=1\nignore-unknown-settings=other, strange',
      want: ['1:1: strange: unknown, and ignored as ignore-unknown-settings says'],
    },
    {
      name: 'an increment without a parent',
      text: 'forward-zones+=a.test=192.0.2.1',
      want: [
        "1:1: forward-zones: Incremental setting 'forward-zones' without a parent (expected an earlier line forward-zones=VALUE)",
      ],
    },
    {
      name: 'a wrong part of a list that goes over lines',
      text: 'allow-from=10.0.0.0/8, \\\n   oops\nallow-from+=  no',
      want: [
        "2:4: incoming.allow_from[1]: 'oops' is no IP address (expected network, for example '192.0.2.0/24')",
        "3:15: incoming.allow_from[2]: 'no' is no IP address (expected network, for example '192.0.2.0/24')",
      ],
    },
    {
      name: 'spaces around = in a zone',
      text: 'forward-zones=a.test = 192.0.2.1',
      want: ["1:15: recursor.forward_zones: 'a.test' has no =; zones are written zone=value, without spaces around ="],
    },
    {
      name: 'a misleading boolean',
      text: 'dnssec-log-bogus=false',
      want: ["1:18: dnssec.log_bogus: 'false' means on here, as in PowerDNS; write no or off"],
    },
    {
      name: 'a log level above all',
      text: 'loglevel=9',
      want: ["1:10: logging.loglevel: 9 is outside kedge's range of 0 to 7; using 7"],
    },
    {
      name: 'a line that a comment swallows',
      text: '# first \\\nlocal-port=54',
      want: ['2:1: this line belongs to the comment above it, which ends in a backslash'],
    },
    {
      name: 'YAML among the lines',
      text: 'local-port=54\nincoming:\n',
      want: ["2:1: unknown setting 'incoming:'; this line looks like YAML, but the file has name=value lines"],
    },
    {
      name: 'a line of the Lua file',
      text: 'quiet=yes\naddTA("lan", "1 13 2 ab")',
      want: [expect.stringContaining('; this line is Lua: it belongs in the file that lua-config-file names')],
    },
    {
      name: 'a setting of the other server',
      text: 'launch=gsqlite3\nrecursor=8.8.8.8',
      want: [1, 2].map((line) =>
        expect.stringMatching(`^${line}:1: unknown setting .*; it belongs to the PowerDNS Authoritative Server`),
      ),
    },
    { name: 'a section as a setting', text: 'quiet=yes\nincoming=1', want: ["2:1: unknown setting 'incoming'"] },
    {
      name: 'what is refused',
      text: 'chroot=/x',
      want: [expect.stringContaining('1:8: recursor.chroot: kedge does not')],
    },
    {
      name: 'a wrong directory of the configuration',
      text: 'config-dir=/etc/powerdns',
      want: [
        '1:12: recursor.config_dir: only --config-dir on the command line chooses it; this file is /etc/kedge/recursor.conf',
      ],
    },
  ];
  for (const { name, text, want } of cases) it(name, () => expect(read(text).findings).toEqual(want));
});

describe('the format of a file', () => {
  const cases: readonly { name: string; text: string; file: string; want: string }[] = [
    { name: 'sections', text: '# x\n\nincoming:\n  port: 1\n', file: 'recursor.conf', want: 'yaml' },
    { name: 'sections on one line', text: 'incoming: {port: 1}', file: 'recursor.conf', want: 'yaml' },
    { name: 'a mapping in braces', text: '{incoming: {port: 1}}', file: 'recursor.conf', want: 'yaml' },
    { name: 'a document mark', text: '---\nincoming:', file: 'recursor.conf', want: 'yaml' },
    { name: 'sections with a mistake below', text: 'incoming:\n  port: [\n', file: 'recursor.conf', want: 'yaml' },
    { name: 'an unknown section', text: 'incomming:\n  port: 1\n', file: 'recursor.conf', want: 'yaml' },
    { name: 'lines', text: '# x: y\nlocal-port=53\n', file: 'recursor.conf', want: 'old-style' },
    { name: 'lines in a file named .yml', text: 'local-port=53\n', file: 'recursor.yml', want: 'old-style' },
    { name: 'a value with a colon', text: 'forward-zones=a=[::1]:5300', file: 'x', want: 'old-style' },
    { name: 'a name alone', text: 'quiet\n', file: 'recursor.conf', want: 'old-style' },
    { name: 'a word in YAML', text: 'quiet\n', file: 'recursor.yml', want: 'yaml' },
    { name: 'nothing', text: '# empty\n', file: 'recursor.yml', want: 'yaml' },
  ];
  for (const { name, text, file: path, want } of cases) it(name, () => expect(fileFormat(text, path)).toBe(want));
});
