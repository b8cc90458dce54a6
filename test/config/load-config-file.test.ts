import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findingText } from '../../src/config/config-error.ts';
import { type ConfigResult, loadConfigFile } from '../../src/config/load.ts';
import { networkText } from '../../src/config/network.ts';
import { socketAddressText } from '../../src/config/socket-address.ts';
import { nameText } from '../../src/wire/name-text.ts';

const root = mkdtempSync(join(tmpdir(), 'kedge-config-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;

/** Loads `recursor.yml` of a fresh directory with these files; `DIR` in findings stands for it. */
function load(files: Readonly<Record<string, string>>): {
  result: ConfigResult;
  directory: string;
  findings: string[];
} {
  const directory = join(root, String(count++));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const result = loadConfigFile(join(directory, 'recursor.yml'));
  const all = [...(result.ok ? [] : result.errors), ...result.warnings];
  return { result, directory, findings: all.map((finding) => findingText(finding).replaceAll(directory, 'DIR')) };
}

function loaded(files: Readonly<Record<string, string>>) {
  const { result, findings, directory } = load(files);
  if (!result.ok) throw new Error(findings.join('\n'));
  return { config: result.config, findings, directory };
}

const include = 'recursor: {include_dir: conf.d}\n';

describe('loadConfigFile', () => {
  it('reports a missing file', () => {
    const missing = loadConfigFile(join(root, 'missing.yml'));
    expect(missing.ok ? [] : missing.errors.map((error) => error.message)).toEqual([
      expect.stringContaining('does not exist'),
    ]);
  });

  it('starts relative paths at the directory of each file', () => {
    const { config, directory } = loaded({
      'recursor.yml': `${include}`,
      'conf.d/a.yml': 'recursor: {hint_file: hints}\n',
    });
    expect(config.recursor.hint_file).toBe(join(directory, 'conf.d', 'hints'));
  });

  describe('include directory', () => {
    it('reads *.yml in name order, later single values win', () => {
      const { config } = loaded({
        'recursor.yml': `${include}incoming: {port: 1}\n`,
        'conf.d/20-b.yml': 'incoming: {port: 3}\n',
        'conf.d/10-a.yml': 'incoming: {port: 2, allow_no_rd: true}\n',
        'conf.d/.hidden.yml': 'incoming: {port: 4}\n',
        'conf.d/30-c.conf': 'incoming: {port: 5}\n',
      });
      expect([config.incoming.port, config.incoming.allow_no_rd]).toEqual([3, true]);
    });

    const lists: readonly { name: string; main: string; included: string; want: readonly string[] }[] = [
      {
        name: 'appends to a list',
        main: '[192.0.2.1]',
        included: '[192.0.2.2]',
        want: ['192.0.2.1/32', '192.0.2.2/32'],
      },
      {
        name: 'replaces a list that carries !override',
        main: '[192.0.2.1]',
        included: '!override [192.0.2.2]',
        want: ['192.0.2.2/32'],
      },
      {
        name: 'replaces a list that is the default',
        main: '[127.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 192.168.0.0/16, 172.16.0.0/12, "::1", "fc00::/7", "fe80::/10"]',
        included: '[192.0.2.2]',
        want: ['192.0.2.2/32'],
      },
    ];
    for (const { name, main, included, want } of lists) {
      it(name, () => {
        const { config } = loaded({
          'recursor.yml': `${include}incoming:\n  allow_from: ${main}\n`,
          'conf.d/a.yml': `incoming:\n  allow_from: ${included}\n`,
        });
        expect(config.incoming.allow_from.map(networkText)).toEqual(want);
      });
    }

    it('names the included file in errors', () => {
      const { findings } = load({ 'recursor.yml': include, 'conf.d/a.yml': 'incoming:\n  port: x\n' });
      expect(findings).toEqual([expect.stringContaining('DIR/conf.d/a.yml:2:9: incoming.port: found')]);
    });

    it('does not include further directories', () => {
      const { findings } = load({ 'recursor.yml': include, 'conf.d/a.yml': 'recursor: {include_dir: more}\n' });
      expect(findings).toEqual([expect.stringContaining('cannot include another directory')]);
    });

    it('must exist', () => {
      expect(load({ 'recursor.yml': include }).findings).toEqual([
        'DIR/recursor.yml:1:25: recursor.include_dir: cannot read DIR/conf.d: it does not exist',
      ]);
    });
  });

  it('reads networks from allow_from_file', () => {
    const { config } = loaded({
      'recursor.yml': 'incoming: {allow_from_file: acl, allow_from: [10.0.0.0/8]}\n',
      acl: '# local\n192.0.2.0/24\n  !192.0.2.9 # not this one\n\n',
    });
    expect(config.incoming.allow_from.map(networkText)).toEqual(['192.0.2.0/24', '!192.0.2.9/32']);
    expect(load({ 'recursor.yml': 'incoming: {allow_from_file: acl}\n', acl: '\n oops\n' }).findings).toEqual([
      expect.stringContaining("DIR/acl:2:2: incoming.allow_from_file[0]: 'oops' is no IP address"),
    ]);
    expect(load({ 'recursor.yml': 'incoming: {allow_from_file: acl}\n', acl: '# none\n' }).findings).toEqual([
      'DIR/acl:1:1: incoming.allow_from_file: the file has no networks',
    ]);
  });

  it('reads who may notify for what from files: networks are replaced, zones are joined', () => {
    const { config, findings } = loaded({
      'recursor.yml': [
        'incoming:',
        '  allow_notify_from: [10.0.0.0/8]',
        '  allow_notify_from_file: acl',
        '  allow_notify_for: [a.test]',
        '  allow_notify_for_file: zones',
        '',
      ].join('\n'),
      acl: '192.0.2.0/24\n',
      zones: '# ours\nb.test # one\nC.test.\n',
    });
    expect(config.incoming.allow_notify_from.map(networkText)).toEqual(['192.0.2.0/24']);
    expect(config.incoming.allow_notify_for.map(nameText)).toEqual(['a.test.', 'b.test.', 'C.test.']);
    expect(findings).toEqual([]);
    expect(load({ 'recursor.yml': 'incoming: {allow_notify_for_file: z}\n', z: '\na..b\n' }).findings).toEqual([
      expect.stringContaining('DIR/z:2:1: incoming.allow_notify_for_file[0]: '),
    ]);
  });

  describe('forward_zones_file', () => {
    const describeZones = (files: Readonly<Record<string, string>>) => {
      const { recursor } = loaded(files).config;
      return [...recursor.forward_zones, ...recursor.forward_zones_recurse].map(
        (zone) =>
          `${zone.recurse ? '+' : ''}${zone.notifyAllowed ? '^' : ''}${nameText(zone.zone)}=${zone.forwarders.map(socketAddressText).join(';')}`,
      );
    };

    it('in text form', () => {
      const text = '# zones\nhome.arpa=192.0.2.1, 192.0.2.2:5300;::1 # two\n+^.=9.9.9.9\n^a.test = [::1]:5300\n';
      expect(describeZones({ 'recursor.yml': 'recursor: {forward_zones_file: zones}\n', zones: text })).toEqual([
        'home.arpa.=192.0.2.1:53;192.0.2.2:5300;[::1]:53',
        '^a.test.=[::1]:5300',
        '+^.=9.9.9.9:53',
      ]);
    });

    it('in YAML form', () => {
      const text = "- {zone: a.test, forwarders: ['192.0.2.1']}\n- {zone: ., recurse: true, forwarders: [9.9.9.9]}\n";
      expect(describeZones({ 'recursor.yml': 'recursor: {forward_zones_file: z.yml}\n', 'z.yml': text })).toEqual([
        'a.test.=192.0.2.1:53',
        '+.=9.9.9.9:53',
      ]);
    });

    it('replaces zones of the options', () => {
      const main =
        "recursor:\n  forward_zones_file: zones\n  forward_zones: [{zone: b.test, forwarders: ['192.0.2.3']}]\n" +
        "  forward_zones_recurse: [{zone: a.test, forwarders: ['192.0.2.4']}]\n";
      expect(describeZones({ 'recursor.yml': main, zones: 'A.test=192.0.2.1\n' })).toEqual([
        'b.test.=192.0.2.3:53',
        'A.test.=192.0.2.1:53',
      ]);
    });

    it('names the line of an error', () => {
      const text = 'a.test=192.0.2.1\nb.test 192.0.2.1\nc.test=\n';
      expect(load({ 'recursor.yml': 'recursor: {forward_zones_file: zones}\n', zones: text }).findings).toEqual([
        expect.stringContaining("DIR/zones:2:1: recursor.forward_zones_file: 'b.test 192.0.2.1' has no ="),
        expect.stringContaining('DIR/zones:3:1: recursor.forward_zones_file.forwarders: the list is empty'),
      ]);
    });
  });
});
