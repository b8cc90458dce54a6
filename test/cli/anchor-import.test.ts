import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anchorImport, type ImportOptions } from '../../src/cli/commands/anchor-import.ts';
import { dsText } from '../../src/config/ds-text.ts';
import { dsOfKey, inspectKeySet } from '../../src/dnssec/key-set.ts';
import type { SigningKey } from '../../src/lab/keys.ts';
import { RRType } from '../../src/wire/constants.ts';
import { apex, ksk, NOW, otherKsk, plainZone, revokedKsk, serveZone, signedZone, zsk } from './anchor-zones.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kedge-anchor-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (name: string): string => join(directory, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');

function dsOf(key: SigningKey, digestType = 2): string {
  const rrset = { name: apex, type: RRType.DNSKEY, class: 1, ttl: 1, rdatas: [key.dnskey], signatures: [] };
  const [found] = inspectKeySet(rrset, NOW).keys;
  const ds = found && dsOfKey(apex, found, digestType);
  if (ds === undefined) throw new Error('no DS');
  return dsText(ds);
}

interface Run {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function run(words: readonly string[], options: ImportOptions = {}, answer?: boolean): Promise<Run> {
  let out = '';
  let error = '';
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
  };
  const surroundings = { confirm: async () => answer, nowSeconds: () => NOW };
  const code = await anchorImport(words, { config: directory, ...options }, terminal, surroundings);
  return { code, out, error };
}

/** No program listens in this socket directory. */
const base = (): string => `recursor:\n  socket_dir: ${directory} # nobody\n`;
const DAY = new Date(NOW * 1000).toISOString().slice(0, 10);

describe('kedge anchor import', () => {
  test('into the Lua file that the configuration names: shown, written, and nothing to do the second time', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.conf'), `socket-dir=${directory}\nlua-config-file=${path('recursor.lua')}\n`);
    writeFileSync(path('recursor.lua'), '-- my anchors\naddNTA("lan", "unsigned") -- keep\n');
    chmodSync(path('recursor.lua'), 0o640);
    const first = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(first.error).toBe('');
    expect(first.code).toBe(0);
    const line = `addTA("home.arpa", "${dsOf(ksk)}") -- imported from 127.0.0.1:${port} on ${DAY}\n`;
    expect(read('recursor.lua')).toBe(`-- my anchors\naddNTA("lan", "unsigned") -- keep\n${line}`);
    expect(statSync(path('recursor.lua')).mode & 0o777).toBe(0o640);
    expect(first.out).toMatch(new RegExp(`127\\.0\\.0\\.1:${port} has home\\.arpa: serial 7\n`));
    expect(first.out).toMatch(
      new RegExp(`  ${ksk.keyTag} +ECDSAP256SHA256  256 bits  SEP, signs the key set until .* \\(in 11 days\\)`),
    );
    expect(first.out).toMatch(new RegExp(`  ${zsk.keyTag} +ECDSAP256SHA256  256 bits  no SEP \\(zone-signing\\)`));
    expect(first.out).toContain(`DS to trust (tag, algorithm, digest type, digest):\n  ${dsOf(ksk)}\n`);
    expect(first.out).toContain('kedge is not running');
    expect(readdirSync(directory).sort()).toEqual(['recursor.conf', 'recursor.lua']);

    const before = statSync(path('recursor.lua')).mtimeMs;
    const second = await run(['HOME.arpa.', `@127.0.0.1:${port}`], { yes: true });
    expect(second.code).toBe(0);
    expect(second.out).toContain(`  ${path('recursor.lua')}:3: ${dsOf(ksk)}: key ${ksk.keyTag} is there and signs`);
    expect(second.out).toContain('nothing to do');
    expect(statSync(path('recursor.lua')).mtimeMs).toBe(before);
  });

  test('into recursor.yml, whose comments and layout stay; the servers are the forwarders', async () => {
    const { port } = await serveZone(signedZone());
    const text = `# head\n${base()}  forward_zones:\n    - {zone: home.arpa, forwarders: ['127.0.0.1:${port}']}   # the server\n`;
    writeFileSync(path('recursor.yml'), text);
    const { code, error } = await run(['home.arpa'], { yes: true });
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(read('recursor.yml')).toBe(
      `${text}dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '${dsOf(ksk)}'\n`,
    );
    expect((await run(['home.arpa'], { yes: true })).out).toContain('nothing to do');
  });

  test('a rollover: the second key is added, the first one stays', async () => {
    const { port } = await serveZone(signedZone({ keys: [otherKsk, ksk, zsk] }));
    writeFileSync(
      path('recursor.yml'),
      `${base()}dnssec:\n  trustanchors:\n    - name: home.arpa\n      dsrecords:\n        - '${dsOf(ksk)}' # old\n`,
    );
    const { code, out } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(code).toBe(0);
    expect(out).toContain(`recursor.yml:7: ${dsOf(ksk)}: key ${ksk.keyTag} is there and signs`);
    expect(read('recursor.yml')).toContain(`        - '${dsOf(ksk)}' # old\n        - '${dsOf(otherKsk)}'\n`);
  });

  test('a retired anchor is never removed, and that none fits is said', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(
      path('recursor.yml'),
      `${base()}dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['${dsOf(otherKsk)}']}]}\n`,
    );
    const { out } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(out).toContain(`no key has this tag; the zone has ${ksk.keyTag}, ${zsk.keyTag}`);
    expect(out).toContain('None of them signs these keys');
    expect(read('recursor.yml')).toContain(`['${dsOf(otherKsk)}', '${dsOf(ksk)}']`);
  });

  test('SHA-384 when asked for, although SHA-256 is there', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(
      path('recursor.yml'),
      `${base()}dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['${dsOf(ksk)}']}]}\n`,
    );
    await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true, digest: '4' });
    expect(read('recursor.yml')).toContain(dsOf(ksk, 4));
  });

  test('a standby key is not trusted yet', async () => {
    const { port } = await serveZone(signedZone({ published: [ksk, otherKsk, zsk] }));
    writeFileSync(path('recursor.yml'), base());
    const { out } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(out).toContain('does not sign the key set (standby)');
    expect(read('recursor.yml')).not.toContain(`${otherKsk.keyTag} 13`);
  });

  test('an old-style configuration without a Lua file: the file is made, and the line that names it shown', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.conf'), `socket-dir=${directory}\n`);
    const { code, out } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(code).toBe(0);
    expect(read('recursor.lua')).toMatch(/^addTA\("home\.arpa", "/);
    expect(out).toContain(`  lua-config-file=${path('recursor.lua')}\n`);
  });

  test('a link stays a link', async () => {
    const { port } = await serveZone(signedZone());
    mkdirSync(path('real'));
    writeFileSync(path('real/recursor.yml'), base());
    symlinkSync('real/recursor.yml', path('recursor.yml'));
    await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(lstatSync(path('recursor.yml')).isSymbolicLink()).toBe(true);
    expect(read('real/recursor.yml')).toContain(dsOf(ksk));
  });

  const answers: [name: string, options: ImportOptions, answer: boolean | undefined, code: number, text: RegExp][] = [
    ['a person says yes', {}, true, 0, /written: .*recursor\.yml/],
    ['a person says no', {}, false, 1, /nothing was written/],
    ['nobody is there', {}, undefined, 1, /nobody is there to confirm.*--yes/],
    ['JSON without --yes asks nobody', { json: true }, true, 1, /"outcome": "not written"/],
  ];
  test.each(answers)('%s', async (_name, options, answer, code, text) => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.yml'), base());
    const result = await run(['home.arpa', `@127.0.0.1:${port}`], options, answer);
    expect(result.code).toBe(code);
    expect(result.out + result.error).toMatch(text);
    expect(read('recursor.yml') === base()).toBe(code !== 0);
  });

  test('JSON says all of it', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.yml'), base());
    const { out } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true, json: true });
    expect(JSON.parse(out)).toMatchObject({
      outcome: 'written',
      zone: 'home.arpa',
      servers: [{ server: `127.0.0.1:${port}`, serial: 7, authoritative: true }],
      keys: [
        {
          keyTag: ksk.keyTag,
          algorithmName: 'ECDSAP256SHA256',
          bits: 256,
          sep: true,
          revoked: false,
          signsKeySet: true,
        },
        { keyTag: zsk.keyTag, sep: false, signsKeySet: false },
      ],
      anchors: [],
      added: [dsOf(ksk)],
      file: path('recursor.yml'),
      written: true,
      reload: { kind: 'not-running' },
    });
  });

  test('a negative anchor of the same name wins, and is named with how to remove it', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.conf'), `socket-dir=${directory}\nlua-config-file=${path('recursor.lua')}\n`);
    writeFileSync(path('recursor.lua'), '\naddNTA("home.arpa", "broken once")\n');
    const { out, code } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(code).toBe(0);
    expect(out).toContain(`${path('recursor.lua')}:2 has a negative trust anchor for home.arpa, and that wins`);
    expect(out).toContain('kedge ctl clear-nta home.arpa');
  });

  test('a Lua file in which the line would have no effect stays as it is', async () => {
    const { port } = await serveZone(signedZone());
    writeFileSync(path('recursor.conf'), `socket-dir=${directory}\nlua-config-file=${path('recursor.lua')}\n`);
    const text = 'do return end\n';
    writeFileSync(path('recursor.lua'), text);
    const { code, error } = await run(['home.arpa', `@127.0.0.1:${port}`], { yes: true });
    expect(code).toBe(1);
    expect(error).toMatch(/cannot add to .*recursor\.lua.*Nothing was changed.*addTA\("home\.arpa"/s);
    expect(read('recursor.lua')).toBe(text);
    expect(readdirSync(directory).sort()).toEqual(['recursor.conf', 'recursor.lua']);
  });

  test('a server list in disagreement is refused', async () => {
    const one = await serveZone(signedZone());
    const two = await serveZone(signedZone({ keys: [otherKsk, zsk] }));
    writeFileSync(path('recursor.yml'), base());
    const { code, error } = await run(['home.arpa', `@127.0.0.1:${one.port}`, `@127.0.0.1:${two.port}`], { yes: true });
    expect(code).toBe(1);
    expect(error).toContain(
      `the servers disagree: 127.0.0.1:${one.port} has DNSKEY ${ksk.keyTag}, ${zsk.keyTag} (serial 7), 127.0.0.1:${two.port} has DNSKEY ${otherKsk.keyTag}`,
    );
    expect(read('recursor.yml')).toBe(base());
  });

  const strip = { omitSignature: (_owner: unknown, type: number) => type === RRType.DNSKEY };
  const corrupt = { corruptSignature: (_owner: unknown, type: number) => type === RRType.DNSKEY };
  const refusals: [name: string, server: () => Promise<{ port: number }>, error: RegExp, zone?: string][] = [
    [
      'an unsigned zone',
      () => serveZone(plainZone),
      /is not signed at .*pdnsutil secure-zone home\.arpa.*addNTA\("home\.arpa"/,
    ],
    ['signatures dropped', () => serveZone(signedZone({ faults: strip })), /without their signatures.*drops RRSIG/],
    [
      'broken signatures',
      () => serveZone(signedZone({ faults: corrupt })),
      /the key set does not sign itself: key .*Sign the zone anew/,
    ],
    ['expired signatures', () => serveZone(signedZone({ days: -1 })), /its signature has expired/],
    [
      'all keys revoked',
      () => serveZone(signedZone({ keys: [revokedKsk, zsk] })),
      /every key with the SEP flag is revoked.*Publish a new/,
    ],
    ['no key with SEP', () => serveZone(signedZone({ keys: [zsk] })), /no key of the zone has the SEP flag/],
    ['another zone', () => serveZone(signedZone()), /answers REFUSED for lan DNSKEY/, 'lan'],
    [
      'a name that does not exist',
      () => serveZone(signedZone()),
      /gone\.home\.arpa does not exist.*Check the spelling/,
      'gone.home.arpa',
    ],
    [
      'a name inside a zone',
      () => serveZone(signedZone()),
      /is no zone of its own at .*it lies in home\.arpa. Import home\.arpa/,
      'host.home.arpa',
    ],
    ['no server there', async () => ({ port: 1 }), /127\.0\.0\.1:1: nothing listens there.*Check that the server runs/],
  ];
  test.each(refusals)('is refused: %s', async (_name, start, error, zone = 'home.arpa') => {
    const { port } = await start();
    writeFileSync(path('recursor.yml'), base());
    const result = await run([zone, `@127.0.0.1:${port}`], { yes: true });
    expect(result.code).toBe(1);
    expect(result.error).toMatch(error);
    expect(read('recursor.yml')).toBe(base());
  });

  const usages: [name: string, words: string[], options: ImportOptions, error: RegExp][] = [
    ['no zone', ['@127.0.0.1'], {}, /which zone\?/],
    ['two zones', ['a', 'b'], {}, /'b': one zone at a time/],
    ['no server known', ['home.arpa'], {}, /home\.arpa is not forwarded: name a server.*@192\.0\.2\.1/],
    ['a bad server', ['home.arpa', '@nowhere'], {}, /'@nowhere' is no server/],
    ['a bad digest', ['home.arpa', '@127.0.0.1'], { digest: '1' }, /--digest is 2/],
  ];
  test.each(usages)('wrong usage: %s', async (_name, words, options, error) => {
    writeFileSync(path('recursor.yml'), base());
    const result = await run(words, options);
    expect(result.code).toBe(2);
    expect(result.error).toMatch(error);
  });

  test('a wrong configuration is left alone', async () => {
    writeFileSync(path('recursor.yml'), 'frob: 1\n');
    const result = await run(['home.arpa', '@127.0.0.1']);
    expect(result.code).toBe(1);
    expect(result.error).toMatch(/recursor\.yml:1:1/);
    expect(existsSync(path('recursor.lua'))).toBe(false);
  });
});
