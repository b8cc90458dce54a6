/**
 * The web server of the built program, with the driver that it takes by itself: numbers for monitoring, PowerDNS's API, and
 * replies while queries keep the program busy.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dig } from './support/dig.ts';
import { Namespace, waitUntilReady } from './support/namespace.ts';
import { describeWithPrograms, programPath } from './support/programs.ts';
import { KEDGE_ENTRY } from './support/resolver.ts';

const PORT = 5311;
const KEY = '0123456789abcdef0123456789abcdef';
const URL = 'http://127.0.0.1:8082';
const SERVER = '/api/v1/servers/localhost';

/** The causes of bogus answers that PowerDNS counts. */
const bogusCauses = /^pdns_recursor_dnssec_result_bogus_\S+ ([0-9]+)$/gm;
/** What a question ends in: their sum is the number of questions (the metrics' identity). */
const ends =
  'answers0_1 answers1_10 answers10_100 answers100_1000 answers_slow packetcache_hits over_capacity_drops policy_drops';

describeWithPrograms('the web server of the built program', ['dig', 'curl'], () => {
  let namespace: Namespace;

  const curl = async (...parameters: string[]): Promise<string> =>
    (await namespace.mustRun([programPath('curl'), '-sS', '--max-time', '10', ...parameters])).stdout;
  const api = async (path: string, ...parameters: string[]): Promise<string> =>
    await curl('-H', `X-API-Key: ${KEY}`, ...parameters, URL + path);
  const number = (text: string, name: string): number =>
    Number(new RegExp(`^pdns_recursor_${name} ([0-9]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  const ask = async (name: string) => await dig(namespace, { address: '127.0.0.1', port: PORT }, [name]);

  beforeAll(async () => {
    namespace = await Namespace.create('web', []);
    const folder = namespace.path('lab');
    const lab = namespace.start('lab', [process.execPath, KEDGE_ENTRY, 'lab', '--serve-only', '--dir', folder]);
    await waitUntilReady(lab, async () => existsSync(`${folder}/kedge/recursor.yml`));
    const config = [`--webservice.api_key=${KEY}`, `--webservice.api_dir=${namespace.path('api')}`];
    const command = [process.execPath, KEDGE_ENTRY, 'serve', '--config', `${folder}/kedge/recursor.yml`, ...config];
    const kedge = namespace.start('kedge', command);
    await waitUntilReady(kedge, async () => (await ask('localhost')).status === 'NOERROR');
  });

  afterAll(async () => await namespace.close());

  it('counts a bogus answer once, and under one cause', async () => {
    const before = await curl(`${URL}/metrics`);
    expect((await ask('expired.bad.lab')).status).toBe('SERVFAIL');
    const after = await curl(`${URL}/metrics`);
    const grown = (text: string) => Array.from(text.matchAll(bogusCauses), ([, count]) => Number(count));
    const causes = grown(after).map((count, index) => count - (grown(before)[index] ?? 0));
    expect(causes).toHaveLength(15);
    expect([...causes].sort()).toEqual([...new Array(14).fill(0), 1]);
    expect(number(after, 'dnssec_result_bogus') - number(before, 'dnssec_result_bogus')).toBe(1);
    expect(number(after, 'dnssec_result_bogus_signature_expired')).toBe(1);
    expect(after).toContain('kedge_bogus_total{cause="rrsig-expired"} 1\n');
    // What needs a walk through the cache is some seconds old.
    const expiry = /^kedge_rrsig_expiry_timestamp_seconds\{zone="expired\.bad\.lab\."\} [0-9]+$/m;
    await expect.poll(() => curl(`${URL}/metrics`), { timeout: 15_000, interval: 1000 }).toMatch(expiry);
  });

  it('has every question in exactly one of the numbers', async () => {
    for (let count = 0; count < 5; count++) for (const name of ['nsec-answer.good.lab', 'localhost']) await ask(name);
    const text = await curl(`${URL}/metrics`);
    const sum = ends.split(' ').reduce((total, name) => total + number(text, name), 0);
    expect(sum).toBe(number(text, 'questions'));
    expect(number(text, 'questions')).toBeGreaterThan(10);
  });

  it('answers at once while nothing else happens', async () => {
    const times = await curl(
      '-o',
      '/dev/null',
      '-w',
      '%{time_total}\n',
      ...new Array(20).fill(`${URL}/api/kedge/overview`),
    );
    // The body of all but the first goes to standard output.
    const seconds = Array.from(times.matchAll(/([0-9]+\.[0-9]{6})$/gm), ([, text]) => Number(text));
    expect(seconds).toHaveLength(20);
    expect(seconds.sort((a, b) => a - b)[10]).toBeLessThan(0.25);
    const explained = await curl('-w', '\n%{time_total}', `${URL}/api/kedge/explain?name=nsec-answer.good.lab&type=A`);
    expect(Number(explained.split('\n').at(-1))).toBeLessThan(2);
  });

  it('stores a zone, uses it at once, and forgets it', async () => {
    writeFileSync(namespace.path('zone.json'), '{"name":"ads.lab.","kind":"Native","single_target_ip":"192.0.2.9"}');
    const body = ['-H', 'Content-Type: application/json', '-d', `@${namespace.path('zone.json')}`];
    expect(JSON.parse(await api(`${SERVER}/zones`, ...body))).toMatchObject({ id: 'ads.lab.', kind: 'Native' });
    expect((await ask('x.ads.lab')).status).toBe('NOERROR');
    await api(`${SERVER}/zones/ads.lab.`, '-X', 'DELETE');
    expect((await ask('y.ads.lab')).status).toBe('NXDOMAIN');
    const flushed = await api(`${SERVER}/cache/flush?domain=lab.&subtree=true`, '-X', 'PUT');
    expect(JSON.parse(flushed)).toEqual({ count: expect.any(Number), result: 'Flushed cache.' });
    expect(JSON.parse(flushed).count).toBeGreaterThan(0);
  });

  it('refuses a browser that was sent by another site', async () => {
    const status = async (...parameters: string[]) =>
      await curl('-o', '/dev/null', '-w', '%{http_code}', ...parameters, `${URL}/api/kedge/overview`);
    expect(await status()).toBe('200');
    expect(await status('-H', 'Host: evil.example')).toBe('403');
    expect(await status('-H', 'Sec-Fetch-Site: cross-site')).toBe('403');
  });
});
