// Where the configuration comes from: files, directories, names, the command line; read again the same way.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { dsText } from '../../src/config/ds-text.ts';
import { type ConfigRead, type ConfigSourceOptions, configSource } from '../../src/config/source.ts';
import { nameText } from '../../src/wire/name-text.ts';

const root = mkdtempSync(join(tmpdir(), 'kedge-source-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A fresh directory with these files. */
function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = join(root, String(count++));
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

function sourceIn(directory: string, options: Partial<ConfigSourceOptions> = {}) {
  return configSource({ file: directory, overrides: [], ...options });
}

function configOf(read: ConfigRead) {
  if (!read.ok) throw new Error(read.errors.map(findingText).join('\n'));
  return read.config;
}

function findingsOf(read: ConfigRead, directory: string): string[] {
  const findings = [...(read.ok ? [] : read.errors), ...read.warnings];
  return findings.map((finding) => findingText(finding).replaceAll(directory, 'DIR'));
}

const digest = 'ab'.repeat(32);

describe('which file is read', () => {
  const cases: readonly {
    name: string;
    files: readonly string[];
    options?: Partial<ConfigSourceOptions>;
    want: string;
    warning?: string;
  }[] = [
    { name: 'recursor.yml', files: ['recursor.yml'], want: 'recursor.yml' },
    { name: 'recursor.conf', files: ['recursor.conf'], want: 'recursor.conf' },
    {
      name: 'recursor.yml before recursor.conf',
      files: ['recursor.conf', 'recursor.yml'],
      want: 'recursor.yml',
      warning: 'DIR/recursor.conf:1:1: this file is ignored, because DIR/recursor.yml exists',
    },
    {
      name: 'the file of a name',
      files: ['recursor.yml', 'recursor-lab.conf'],
      options: { name: 'lab' },
      want: 'recursor-lab.conf',
    },
  ];
  for (const { name, files, options, want, warning } of cases) {
    it(name, () => {
      const directory = directoryOf(Object.fromEntries(files.map((file) => [file, '# empty\n'])));
      const source = sourceIn(directory, options);
      const read = source.read();
      expect(source.description).toBe(join(directory, want));
      expect(read.files).toEqual([join(directory, want)]);
      expect(findingsOf(read, directory)).toEqual(warning === undefined ? [] : [warning]);
    });
  }

  it('a directory without any is an error that names both', () => {
    const directory = directoryOf({});
    expect(findingsOf(sourceIn(directory).read(), directory)).toEqual([
      'DIR:1:1: there is neither DIR/recursor.yml nor DIR/recursor.conf',
    ]);
  });

  it('without file, directory and name the defaults', () => {
    const source = configSource({ overrides: ['--local-port=5335'] });
    expect(source.description).toBe('built-in defaults');
    const read = source.read();
    expect(read.files).toEqual([]);
    expect(configOf(read).incoming.port).toBe(5335);
  });

  it('a directory and a name are known as settings', () => {
    const directory = directoryOf({ 'recursor-lab.yml': 'incoming: {port: 54}\n' });
    const { recursor } = configOf(configSource({ directory, name: 'lab', overrides: [] }).read());
    expect([recursor.config_dir, recursor.config_name]).toEqual([directory, 'lab']);
  });
});

describe('a read', () => {
  it('is the same every time, and sees what changed', () => {
    const directory = directoryOf({ 'recursor.conf': 'local-port=5335\n' });
    const source = sourceIn(directory);
    expect(source.read()).toEqual(source.read());
    writeFileSync(join(directory, 'recursor.conf'), 'local-port=5336\n');
    expect(configOf(source.read()).incoming.port).toBe(5336);
    writeFileSync(join(directory, 'recursor.conf'), 'local-prot=1\n');
    expect(source.read().ok).toBe(false);
  });

  it('names every file', () => {
    const directory = directoryOf({
      'recursor.conf': 'include-dir=d\nlua-config-file=a.lua\nforward-zones-file=zones\nallow-from-file=acl\n',
      'd/b.conf': '\n',
      'd/A.conf': '\n',
      'a.lua': 'dofile("more.lua")\n',
      'more.lua': 'addNTA("lan")\n',
      zones: 'lan=192.0.2.1\n',
      acl: '10.0.0.0/8\n',
    });
    const read = sourceIn(directory).read();
    expect(findingsOf(read, directory)).toEqual([]);
    const want = ['recursor.conf', 'd/A.conf', 'd/b.conf', 'acl', 'zones', 'a.lua', 'more.lua'];
    expect(read.files).toEqual(want.map((name) => join(directory, name)));
  });
});

describe('the command line', () => {
  const overridden = (files: Readonly<Record<string, string>>, ...overrides: string[]) => {
    const directory = directoryOf(files);
    const args = overrides.map((arg) => arg.replaceAll('DIR', directory));
    const read = sourceIn(directory, { overrides: args }).read();
    return { config: configOf(read), findings: findingsOf(read, directory) };
  };

  it('chooses the Lua file', () => {
    const { config, findings } = overridden(
      { 'recursor.conf': 'lua-config-file=missing.lua\n', 'a.lua': 'addNTA("a.test", "x")\n' },
      '--lua-config-file=DIR/a.lua',
    );
    expect(findings).toEqual([]);
    expect(config.dnssec.negative_trustanchors.map(({ reason }) => reason)).toEqual(['x']);
  });

  it('chooses the include directory', () => {
    const { config } = overridden(
      { 'recursor.conf': 'include-dir=a\n', 'a/x.conf': 'local-port=1\n', 'b/x.conf': 'local-port=2\n' },
      '--include-dir=DIR/b',
    );
    expect(config.incoming.port).toBe(2);
  });

  it('replaces lists, and joins them with +=', () => {
    const files = {
      'recursor.conf': 'forward-zones=a.test=192.0.2.1\nallow-from=10.0.0.0/8\nallow-from-file=acl\n',
      acl: 'fd00::/8\n',
    };
    const { config } = overridden(files, '--forward-zones+=b.test=192.0.2.2', '--allow-from=192.0.2.0/24');
    expect(config.recursor.forward_zones.map(({ zone }) => nameText(zone))).toEqual(['a.test.', 'b.test.']);
    expect(config.incoming.allow_from.map(({ prefixLength }) => prefixLength)).toEqual([24]);
  });

  it('joins zones to those of the file', () => {
    const files = { 'recursor.conf': 'forward-zones-file=zones\n', zones: 'a.test=192.0.2.1\n' };
    const { config } = overridden(files, '--forward-zones=b.test=192.0.2.2');
    expect(config.recursor.forward_zones.map(({ zone }) => nameText(zone))).toEqual(['b.test.', 'a.test.']);
  });

  it('wins over the same option under its other name', () => {
    const files = { 'recursor.yml': 'kedge: {limits: {query_max_upstream: 40}}\n' };
    expect(overridden(files, '--max-qperq=60').config.kedge.limits.query_max_upstream).toBe(60);
  });

  it('knows renamed settings', () => {
    const { config } = overridden({ 'recursor.yml': '' }, '--snmp-master-socket=/x');
    expect(config.snmp.daemon_socket).toBe('/x');
  });
});

describe('anchors of a Lua file', () => {
  const anchorsOf = (yaml: string, lua: string) => {
    const directory = directoryOf({ 'recursor.yml': `recursor: {lua_config_file: a.lua}\n${yaml}`, 'a.lua': lua });
    const read = sourceIn(directory).read();
    const { dnssec } = configOf(read);
    const anchors = dnssec.trustanchors.map(
      ({ name, dsRecords }) => `${nameText(name)} ${dsRecords.map((ds) => ds.keyTag).join(' ')}`,
    );
    return { anchors, dnssec, findings: findingsOf(read, directory), directory };
  };

  const cases: readonly { name: string; yaml?: string; lua: string; want: readonly string[] }[] = [
    { name: 'none: the built-in ones', lua: '', want: ['. 20326 38696'] },
    {
      name: 'join the built-in ones',
      lua: `addTA("a.test", "1 13 2 ${digest}")`,
      want: ['. 20326 38696', 'a.test. 1'],
    },
    { name: 'join those of the root', lua: `addTA(".", "1 13 2 ${digest}")`, want: ['. 20326 38696', '. 1'] },
    { name: 'without the root', lua: 'clearTA(".")', want: [] },
    { name: 'none at all', lua: 'clearTA()', want: [] },
    { name: 'only an own root', lua: `clearTA(".") addTA(".", "1 13 2 ${digest}")`, want: ['. 1'] },
    {
      name: 'join those of YAML',
      yaml: `dnssec: {trustanchors: [{name: a.test, dsrecords: [2 13 2 ${digest}]}]}`,
      lua: `addTA("a.test", "1 13 2 ${digest}") addTA("a.test", "2 13 2 ${digest.toUpperCase()}")`,
      want: ['. 20326 38696', 'a.test. 1 2'],
    },
    {
      name: 'with a root in YAML, which replaces the built-in one',
      yaml: `dnssec: {trustanchors: [{name: ., dsrecords: [2 13 2 ${digest}]}]}`,
      lua: '',
      want: ['. 2'],
    },
    {
      name: 'without built-in anchors',
      yaml: 'kedge: {default_trustanchor: false}',
      lua: `addTA("a.test", "1 13 2 ${digest}")`,
      want: ['a.test. 1'],
    },
  ];
  for (const { name, yaml = '', lua, want } of cases) {
    it(name, () => expect(anchorsOf(yaml, lua).anchors).toEqual(want));
  }

  it('keep their places', () => {
    const { dnssec, directory } = anchorsOf('', `\naddTA("a.test", "1 13 2 ${digest}")\naddNTA("b.test")\n`);
    const own = dnssec.trustanchors.at(-1)?.dsRecords[0];
    expect(own && [dsText(own), own.place?.file, own.place?.line]).toEqual([
      `1 13 2 ${digest}`,
      join(directory, 'a.lua'),
      2,
    ]);
    expect(dnssec.negative_trustanchors[0]?.place?.line).toBe(3);
  });

  it('a negative anchor takes the place of one in YAML; the mixture is reported', () => {
    const yaml = 'dnssec: {negative_trustanchors: [{name: a.test, reason: YAML}, {name: b.test, reason: YAML}]}';
    const { dnssec, findings } = anchorsOf(yaml, 'addNTA("a.test", "Lua")');
    expect(dnssec.negative_trustanchors.map(({ reason }) => reason)).toEqual(['Lua', 'YAML']);
    expect(findings).toEqual([
      'DIR/recursor.yml:2:33: dnssec.negative_trustanchors: joined with the Lua file; PowerDNS would refuse to start with both',
    ]);
  });

  it('an anchor file of Lua is used instead of one of YAML', () => {
    const yaml = 'dnssec: {trustanchorfile: other.key}';
    const { dnssec, findings } = anchorsOf(yaml, 'readTrustAnchorsFromFile("/usr/share/dns/root.key", 12)');
    expect([dnssec.trustanchorfile, dnssec.trustanchorfile_interval]).toEqual(['/usr/share/dns/root.key', 12]);
    expect(findings.join('\n')).toContain('not used: the Lua file reads its anchors from /usr/share/dns/root.key');
  });

  it('an error in it is an error of the configuration, with its line', () => {
    const directory = directoryOf({ 'recursor.conf': 'lua-config-file=a.lua\n', 'a.lua': '\naddTA("a.test", "x")\n' });
    expect(findingsOf(sourceIn(directory).read(), directory)).toEqual([
      expect.stringMatching(/^DIR\/a\.lua:2:1: recursor\.lua_config_file: addTA: /),
    ]);
  });
});
