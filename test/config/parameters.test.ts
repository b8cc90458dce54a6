// The text of settings, which does not depend on the format they were read from (POWERDNS 6 and 9, case 8).
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, findingText } from '../../src/config/config-error.ts';
import { parseConfig } from '../../src/config/load.ts';
import { oldStyleText, parameterText } from '../../src/config/parameters.ts';
import { allOptions, buildConfig, type Config, configValues } from '../../src/config/schema.ts';
import { loadConfigAt } from '../../src/config/source.ts';

function fixture(name: string): Config {
  const loaded = loadConfigAt(fileURLToPath(new URL(`files/${name}`, import.meta.url)));
  if (loaded instanceof ConfigError) throw loaded;
  if (!loaded.result.ok) throw new Error(loaded.result.errors.map(findingText).join('\n'));
  return loaded.result.config;
}

const guide = fixture('guide-old');

describe('parameterText', () => {
  const cases: readonly { key: string; want: string | undefined; which?: 'default' }[] = [
    { key: 'local-port', want: 'local-port=5353' },
    { key: 'local-port', which: 'default', want: 'local-port=53' },
    { key: 'dnssec', want: 'dnssec=validate' },
    { key: 'dnssec-log-bogus', want: 'dnssec-log-bogus=yes' },
    { key: 'export-etc-hosts', want: 'export-etc-hosts=no' },
    { key: 'local-address', want: 'local-address=192.168.1.2, fd00:1::2' },
    {
      key: 'forward-zones',
      want: 'forward-zones=home.arpa=127.0.0.1:5300, february.local=127.0.0.1:5300;[fd00::53]:5300, 10.in-addr.arpa=192.168.1.53:53',
    },
    { key: 'forward-zones-recurse', want: 'forward-zones-recurse=.=9.9.9.9:53;149.112.112.112:53' },
    { key: 'dns64-prefix', want: 'dns64-prefix=' },
    { key: 'incoming.port', want: 'incoming:\n  port: 5353' },
    { key: 'recursor.dns64_prefix', want: 'recursor:\n  dns64_prefix: null' },
    {
      key: 'dnssec.negative_trustanchors',
      want: 'dnssec:\n  negative_trustanchors:\n    - name: february.local.\n      reason: internal unsigned zone',
    },
    { key: 'kedge.limits.query_max_upstream', want: 'kedge:\n  limits:\n    query_max_upstream: 200' },
    { key: 'carbon', want: "carbon:\n  interval: 30\n  ns: pdns\n  ourname: ''\n  instance: recursor\n  server: []" },
    { key: 'incoming.prot', want: undefined },
    { key: 'local-prot', want: undefined },
    { key: 'incomin', want: undefined },
  ];
  for (const { key, which = 'current', want } of cases) {
    it(`${which} ${key}`, () => expect(parameterText(guide, key, which)).toBe(want));
  }

  it('gives the whole configuration, which can be read again', () => {
    const text = parameterText(fixture('guide-yaml'), '', 'current') ?? '';
    const again = parseConfig(text, '/etc/kedge/recursor.yml');
    expect(again.ok ? [] : again.errors.map(findingText)).toEqual([]);
    if (again.ok) expect(parameterText(again.config, '', 'current')).toBe(text);
  });

  it('is the same for the same configuration in three formats', () => {
    const withoutLua = (config: Config) => ({ ...config, recursor: { ...config.recursor, lua_config_file: '' } });
    const texts = ['guide-old', 'guide-yaml', 'guide-yaml-in-conf'].map((name) =>
      parameterText(withoutLua(fixture(name)), '', 'current'),
    );
    expect(new Set(texts).size).toBe(1);
  });

  it('writes every default in old style as it is read', () => {
    const defaults = configValues(buildConfig(new Map()));
    for (const entry of allOptions) {
      const { oldName } = entry.option;
      if (oldName === undefined) continue;
      const line = `${oldName}=${oldStyleText(entry, defaults.get(entry.path))}`;
      const result = parseConfig(line, '/etc/kedge/recursor.conf');
      expect(result.ok ? [] : result.errors.map(findingText), line).toEqual([]);
      if (result.ok) expect(parameterText(result.config, oldName, 'current'), line).toBe(line);
    }
  });
});
