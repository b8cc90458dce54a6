import { afterEach, describe, expect, test } from 'vitest';
import { anchorList, anchorShow, type ListOptions } from '../../src/cli/commands/anchor-list.ts';
import { dsText } from '../../src/config/ds-text.ts';
import { dsOfKey, inspectKeySet } from '../../src/dnssec/key-set.ts';
import { Rcode, RRType } from '../../src/wire/constants.ts';
import { directoryWith } from '../daemon/support/daemons.ts';
import { apex, ksk, NOW, otherKsk, plainZone, serveZone, signedZone, zsk } from './anchor-zones.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

function files(contents: Record<string, string>): (name: string) => string {
  const directory = directoryWith(contents);
  cleanups.push(directory.remove);
  return directory.path;
}

function dsOf(key: { readonly dnskey: Uint8Array }): string {
  const rrset = { name: apex, type: RRType.DNSKEY, class: 1, ttl: 1, rdatas: [key.dnskey], signatures: [] };
  const [found] = inspectKeySet(rrset, NOW).keys;
  const ds = found && dsOfKey(apex, found, 2);
  return ds === undefined ? '' : dsText(ds);
}

async function collect(act: (terminal: { out(text: string): void; error(text: string): void }) => Promise<number>) {
  let out = '';
  let error = '';
  const code = await act({
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
}

const list = (options: ListOptions) => collect((terminal) => anchorList(options, terminal, NOW));
const show = (zone: string, options: ListOptions) => collect((terminal) => anchorShow(zone, options, terminal, NOW));

/** The root is asked of a resolver that does not run. */
const OFFLINE = 'incoming: {listen: ["127.0.0.1"], port: 1}\n';

describe('kedge anchor list', () => {
  test('an unsigned zone under a negative anchor needs no advice', async () => {
    const { port } = await serveZone(plainZone);
    const text = `local-address=127.0.0.1\nlocal-port=1\nforward-zones=home.arpa=127.0.0.1:${port}\nlua-config-file=a.lua\n`;
    const main = files({ 'recursor.conf': text, 'a.lua': 'addNTA("home.arpa", "unsigned")\n' })('recursor.conf');
    const { out } = await list({ config: main });
    expect(out).toMatch(/is not signed at 127\.0\.0\.1:\d+: it has no DNSKEY\n/);
    expect(out).not.toContain('secure-zone');
  });

  test('each anchor with file and line, its key, and when the signatures end', async () => {
    const { port } = await serveZone(signedZone());
    const path = files({
      'recursor.conf': '',
      'recursor.lua': `-- one\naddTA("home.arpa", "${dsOf(otherKsk)}")\naddTA("home.arpa", "${dsOf(ksk)}")\naddNTA("lan", "unsigned", {expires = "7d"})\n`,
      'root.key':
        '; root\n$TTL 300\n. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n',
    });
    const text = `local-address=127.0.0.1\nlocal-port=1\nforward-zones=home.arpa=127.0.0.1:${port}\nlua-config-file=${path('recursor.lua')}\n`;
    const main = files({ 'recursor.conf': text })('recursor.conf');
    const { code, out } = await list({ config: main });
    expect(out).toContain(`configuration: ${main}\n`);
    expect(out).toMatch(/\n\.\n {2}anchor 20326 8 2 e06d.*\n {4}from built-in\n/);
    expect(out).toMatch(/offline, keys not compared: the resolver 127\.0\.0\.1:1: nothing listens there/);
    expect(out).toContain(
      `\nhome.arpa\n  anchor ${dsOf(otherKsk)}\n    from ${path('recursor.lua')}:2\n    no key has this tag; the zone has ${ksk.keyTag}, ${zsk.keyTag}\n` +
        `  anchor ${dsOf(ksk)}\n    from ${path('recursor.lua')}:3\n    key ${ksk.keyTag} is there and signs the zone's keys\n`,
    );
    expect(out).toMatch(new RegExp(`  keys at 127\\.0\\.0\\.1:${port}: signatures end \\S+ \\(in 11 days\\)\n`));
    expect(out).toMatch(/\nlan\n {2}negative anchor \(unsigned\), until .*Z\n {4}from .*recursor\.lua:4\n/);
    expect(code).toBe(0);
  });

  test('an anchor file: its lines', async () => {
    const path = files({
      'root.key':
        '; root\n$TTL 300\n. IN DS 20326 8 2 (\n  E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D )\n. IN DS 38696 8 2 683D2D0ACB8C9B712A1948B27F741219298D0A450D612C483AF444A4C0FB2B16\n',
    });
    const main = files({ 'recursor.yml': `${OFFLINE}dnssec: {trustanchorfile: ${path('root.key')}}\n` })(
      'recursor.yml',
    );
    const { out } = await list({ config: main });
    expect(out).toContain(`from ${path('root.key')}:3\n`);
    expect(out).toContain(`from ${path('root.key')}:5\n`);
    expect(out).not.toContain('built-in');
  });

  const wrong: [name: string, ds: () => string, days: number, state: string][] = [
    ['a retired key', () => dsOf(otherKsk), 5, 'no-key'],
    ['a wrong digit', () => `${dsOf(ksk).slice(0, -2)}00`, 5, 'wrong-digest'],
    ['expired signatures', () => dsOf(ksk), -1, 'not-signing'],
  ];
  test.each(wrong)('exit code 1: %s', async (_name, ds, days, state) => {
    const { port } = await serveZone(signedZone({ days }));
    const text = `${OFFLINE}recursor: {forward_zones: [{zone: home.arpa, forwarders: ['127.0.0.1:1', '127.0.0.1:${port}']}]}\ndnssec: {trustanchors: [{name: home.arpa, dsrecords: ['${ds()}']}]}\n`;
    const main = files({ 'recursor.yml': text })('recursor.yml');
    const { code, out } = await list({ config: main, json: true });
    expect(code).toBe(1);
    const { zones } = JSON.parse(out);
    expect(zones[0]).toMatchObject({ zone: '.', problem: { kind: 'unreachable' } });
    expect(zones[1]).toMatchObject({
      zone: 'home.arpa',
      anchors: [{ source: `${main}:3`, state }],
      asked: 'forwarder',
      server: `127.0.0.1:${port}`,
    });
  });

  test('a resolver that cannot reach the zone says nothing of it', async () => {
    const { port } = await serveZone(signedZone(), { rewrite: (content) => ({ ...content, rcode: Rcode.SERVFAIL }) });
    const main = files({ 'recursor.yml': `incoming: {listen: ['127.0.0.1'], port: ${port}}\n` })('recursor.yml');
    const { code, out } = await list({ config: main });
    expect(code).toBe(0);
    expect(out).toContain(`offline, keys not compared: the resolver 127.0.0.1:${port} answers SERVFAIL for . DNSKEY`);
  });

  test('a zone without forwarders is asked through the running resolver', async () => {
    const { port } = await serveZone(signedZone());
    const text = `incoming: {listen: ['0.0.0.0'], port: ${port}}\nkedge: {default_trustanchor: false}\ndnssec: {trustanchors: [{name: home.arpa, dsrecords: ['${dsOf(ksk)}']}]}\n`;
    const main = files({ 'recursor.yml': text })('recursor.yml');
    const { code, out } = await list({ config: main, json: true });
    expect(code).toBe(0);
    expect(JSON.parse(out).zones).toMatchObject([
      { asked: 'resolver', anchors: [{ state: 'matches' }], signaturesEndInDays: 11 },
    ]);
  });
});

describe('kedge anchor show', () => {
  test('the lines that would trust a zone without an anchor', async () => {
    const { port } = await serveZone(signedZone());
    const text = `recursor: {forward_zones: [{zone: home.arpa, forwarders: ['127.0.0.1:${port}']}]}\n`;
    const main = files({ 'recursor.yml': text })('recursor.yml');
    const { code, out } = await show('home.arpa', { config: main });
    expect(code).toBe(0);
    expect(out).toContain(`  home.arpa. IN DS ${dsOf(ksk)}\n`);
    expect(out).toContain(`  addTA("home.arpa", "${dsOf(ksk)}")\n`);
    expect(out).toContain(`  dnssec: {trustanchors: [{name: home.arpa, dsrecords: ['${dsOf(ksk)}']}]}\n`);
    const { out: json } = await show('home.arpa', { config: main, json: true });
    expect(JSON.parse(json)).toMatchObject({ zone: 'home.arpa', lua: [`addTA("home.arpa", "${dsOf(ksk)}")`] });
  });

  test('a zone that cannot be asked, and a name that is none', async () => {
    const main = files({ 'recursor.yml': OFFLINE })('recursor.yml');
    expect((await show('home.arpa', { config: main })).code).toBe(1);
    expect(await show('a..b', { config: main })).toMatchObject({ code: 2, error: expect.stringContaining("'a..b'") });
  });

  test('a wrong configuration', async () => {
    const main = files({ 'recursor.yml': 'frob: 1\n' })('recursor.yml');
    expect(await show('home.arpa', { config: main })).toMatchObject({ code: 1, error: expect.stringMatching(/:1:1/) });
    expect((await list({ config: main })).code).toBe(1);
  });
});
