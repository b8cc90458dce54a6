// The web server of a running daemon: where it listens, what it counts, and what changes with the configuration.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { defaultQueryOptions } from '../../src/cli/commands/query.ts';
import { askServer } from '../../src/cli/dns-client.ts';
import { configSource } from '../../src/config/source.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { resolutionOf } from '../server/support/queries.ts';
import { makeCertificates } from '../support/certificates.ts';
import { directoryWith, failed, loopbackConfig, type Resolve, startDaemon } from './support/daemons.ts';

const KEY = '0123456789abcdef0123456789abcdef';
const SERVER = 'api/v1/servers/localhost';
const noHints = 'recursor: {hint_file: "no"}';
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

async function start(...[config, resolve, changes]: Parameters<typeof startDaemon>) {
  const running = await startDaemon(config, resolve, { opensWeb: true, ...changes });
  cleanUps.push(() => running.daemon.stop());
  return { ...running, url: running.daemon.web.places[0]?.url ?? '' };
}

/** On a port that the operating system chooses, which no configuration can say. */
function onAnyPort(config: ReturnType<typeof loopbackConfig>): ReturnType<typeof loopbackConfig> {
  return { ...config, webservice: { ...config.webservice, webserver: true, port: 0 } };
}

/** A daemon from a file, which it can read again. */
async function startFromFile(text: string) {
  const { path, remove } = directoryWith({ 'recursor.yml': text });
  cleanUps.push(remove);
  const source = configSource({ file: path('recursor.yml'), overrides: [] });
  const read = () => {
    const result = source.read();
    if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join('\n'));
    return result.config;
  };
  const { incoming } = loopbackConfig();
  const config = read();
  const listening = { ...config.incoming, listen: incoming.listen, port: incoming.port };
  const running = await start(onAnyPort({ ...config, incoming: listening }), undefined, { source });
  const ask = async (method: string, place: string, body?: unknown) => {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const init = { method, headers: { 'x-api-key': KEY, ...content } };
    const reply = await fetch(running.url + place, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const json = reply.status === 204 ? undefined : JSON.parse(await reply.text());
    return { status: reply.status, json };
  };
  return { ...running, path, ask, read };
}

async function query(port: number, name: string, type: number = RRType.A): Promise<void> {
  const question = { name: nameOf(name), type, class: RRClass.IN };
  await askServer(question, { address: '127.0.0.1', port }, defaultQueryOptions);
}

describe('where it listens', () => {
  async function takePort(): Promise<number> {
    const server: Server = createServer();
    cleanUps.push(() => server.close());
    return await new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  test('a port that is taken is a warning where nobody asked for the web server', async () => {
    const port = await takePort();
    const { daemon, lines } = await start(loopbackConfig(`${noHints}\nwebservice: {port: ${port}}`));
    expect(daemon.web.places).toEqual([]);
    expect(lines.filter((line) => line.startsWith('warn')).join()).toMatch(/port is taken.*webservice\.port/);
  });

  test('and an error where it was', async () => {
    const port = await takePort();
    const config = loopbackConfig(`${noHints}\nwebservice: {webserver: true, port: ${port}}`);
    const problem = await startDaemon(config, undefined, { opensWeb: true }).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(StartError);
    expect(problem).toMatchObject({
      message: expect.stringContaining(`127.0.0.1:${port}`),
      remedy: /webservice\.port/,
    });
  });

  test('switched off, nowhere', async () => {
    const { daemon } = await start(loopbackConfig(`${noHints}\nwebservice: {webserver: false}`));
    expect(daemon.web.places).toEqual([]);
  });

  test('a certificate that cannot be read is an error', async () => {
    const tls = '{certificate: /nowhere/web.pem, key: /nowhere/web.key}';
    const text = `${noHints}\nwebservice: {webserver: true, listen: [{addresses: ['127.0.0.1:8082'], tls: ${tls}}]}`;
    const problem = await startDaemon(loopbackConfig(text), undefined, { opensWeb: true }).catch((error) => error);
    expect(problem).toMatchObject({ message: expect.stringContaining('/nowhere/web.pem') });
  });

  test('a key that is not that of the certificate is an error at the start', async () => {
    const { certificate } = makeCertificates().server;
    const { path, remove } = directoryWith({ 'web.pem': certificate, 'web.key': makeCertificates().server.key });
    cleanUps.push(remove);
    const tls = `{certificate: ${path('web.pem')}, key: ${path('web.key')}}`;
    const text = `${noHints}\nwebservice: {webserver: true, listen: [{addresses: ['127.0.0.1:8082'], tls: ${tls}}]}`;
    const problem = await startDaemon(loopbackConfig(text), undefined, { opensWeb: true }).catch((error) => error);
    expect(problem).toBeInstanceOf(StartError);
    expect(problem).toMatchObject({ message: expect.stringMatching(/TLS for 127\.0\.0\.1:8082: .*mismatch/) });
  });

  test('stopping frees the port', async () => {
    const { daemon, url } = await start(onAnyPort(loopbackConfig(noHints)));
    expect((await fetch(`${url}metrics`)).status).toBe(200);
    daemon.stop();
    await expect(fetch(`${url}metrics`)).rejects.toThrow();
  });
});

/** POWERDNS 7: the names that dashboards need, without their prefix. */
const musts: Record<'counter' | 'gauge' | 'histogram', string> = {
  counter: `
    dnssec_queries dnssec_authentic_data_queries dnssec_check_disabled_queries dnssec_validations dnssec_result_secure
    dnssec_result_insecure dnssec_result_bogus dnssec_result_indeterminate dnssec_result_nta
    dnssec_result_bogus_no_valid_dnskey dnssec_result_bogus_invalid_denial dnssec_result_bogus_unable_to_get_dss
    dnssec_result_bogus_unable_to_get_dnskeys dnssec_result_bogus_self_signed_ds dnssec_result_bogus_no_rrsig
    dnssec_result_bogus_no_valid_rrsig dnssec_result_bogus_missing_negative_indication
    dnssec_result_bogus_signature_not_yet_valid dnssec_result_bogus_signature_expired
    dnssec_result_bogus_unsupported_dnskey_algo dnssec_result_bogus_unsupported_ds_digest_type
    dnssec_result_bogus_no_zone_key_bit_set dnssec_result_bogus_revoked_dnskey
    dnssec_result_bogus_invalid_dnskey_protocol x_dnssec_result_secure x_dnssec_result_bogus
    questions ipv6_questions tcp_questions noerror_answers nxdomain_answers servfail_answers answers0_1 answers1_10
    answers10_100 answers100_1000 answers_slow unauthorized_udp unauthorized_tcp client_parse_errors
    server_parse_errors over_capacity_drops policy_drops
    all_outqueries ipv6_outqueries tcp_outqueries dot_outqueries outgoing_timeouts outgoing4_timeouts outgoing6_timeouts
    throttled_out throttled_outqueries dont_outqueries unreachables resource_limits spoof_prevents unexpected_packets
    case_mismatches chain_resends auth_zone_queries noedns_outqueries auth_rcode_answers
    cache_hits cache_misses packetcache_hits packetcache_misses aggressive_nsec_cache_nsec_hits
    aggressive_nsec_cache_nsec3_hits aggressive_nsec_cache_nsec_wc_hits aggressive_nsec_cache_nsec3_wc_hits
    almost_expired_pushed almost_expired_run user_msec sys_msec cpu_msec_thread_n`,
  gauge: `
    qa_latency x_our_latency concurrent_queries tcp_clients uptime cache_entries max_cache_entries packetcache_entries
    max_packetcache_entries negcache_entries aggressive_nsec_cache_entries failed_host_entries nsspeeds_entries
    throttle_entries real_memory_usage fd_usage security_status`,
  histogram: 'cumul_clientanswers_seconds cumul_authanswers_seconds',
};

describe('/metrics', () => {
  test('has every name that dashboards need, with its type and help, and each sample once', async () => {
    const { url, port } = await start(onAnyPort(loopbackConfig(noHints)), (_request, done) => done(resolutionOf()));
    await query(port, 'www.example.');
    const text = await (await fetch(`${url}metrics`)).text();
    for (const [type, words] of Object.entries(musts)) {
      for (const name of words.trim().split(/\s+/)) {
        expect(text).toContain(`\n# TYPE pdns_recursor_${name} ${type}\n`.slice(name === 'questions' ? 0 : 1));
        expect(text).toMatch(new RegExp(`^# HELP pdns_recursor_${name} \\S`, 'm'));
      }
    }
    expect(text).toMatch(/^pdns_recursor_auth_rcode_answers\{rcode="noerror"\} [0-9]+$/m);
    expect(text).toMatch(/^pdns_recursor_cumul_authanswers_seconds_bucket\{ipversion="v6",le="\+Inf"\} 0$/m);
    expect(text).toMatch(/^pdns_recursor_cumul_clientanswers_seconds_count 1$/m);
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(new Set(samples.map((line) => line.slice(0, line.lastIndexOf(' ')))).size).toBe(samples.length);
    for (const line of samples) expect(line).toMatch(/^[a-z_0-9]+(?:\{[^{}]*\})? -?[0-9.e+-]+$/);
  });

  test('each question is in exactly one of the answers', async () => {
    const resolve: Resolve = ({ question }, done) => {
      const later = question.name.key.startsWith('\x04slow') ? 20 : 0;
      setTimeout(() => done(question.type === RRType.MX ? failed : resolutionOf()), later);
    };
    const { url, port } = await start(onAnyPort(loopbackConfig(noHints)), resolve);
    const names = ['www.example.', 'slow.example.', 'localhost.', 'www.example.', 'x.invalid.'];
    for (const name of names) for (const type of [RRType.A, RRType.MX]) await query(port, name, type);
    const text = await (await fetch(`${url}metrics`)).text();
    const value = (name: string): number =>
      Number(new RegExp(`^pdns_recursor_${name} ([0-9]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    const parts =
      'answers0_1 answers1_10 answers10_100 answers100_1000 answers_slow packetcache_hits over_capacity_drops policy_drops';
    expect(value('questions')).toBe(10);
    expect(parts.split(' ').reduce((sum, name) => sum + value(name), 0)).toBe(10);
  });
});

describe('reading the configuration again', () => {
  const base = (web: string) => `${noHints}\nwebservice: {webserver: true, ${web}}\n`;

  test('another key, other networks and other names hold from then on', async () => {
    const { daemon, url, path, ask } = await startFromFile(base(`api_key: ${KEY}`));
    expect((await ask('GET', `${SERVER}/zones`)).status).toBe(200);
    writeFileSync(path('recursor.yml'), base(`api_key: ${KEY.replaceAll('0', 'f')}`));
    const outcome = daemon.control.reloadConfig();
    expect(outcome.ok).toBe(true);
    expect(outcome.text).toContain('webservice.api_key is another now');
    expect(outcome.text).not.toContain(KEY.slice(4, 12));
    expect((await ask('GET', `${SERVER}/zones`)).status).toBe(401);
    writeFileSync(path('recursor.yml'), base(`api_key: ${KEY}, allow_from: [192.0.2.0/24]`));
    expect(daemon.control.reloadConfig().ok).toBe(true);
    // On a connection that was open before, or on a new one, which is closed at once.
    expect(
      await fetch(url).then(
        ({ status }) => status,
        () => 403,
      ),
    ).toBe(403);
  });

  test('another port needs a restart, and is said so', async () => {
    const { daemon, path } = await startFromFile(base(`api_key: ${KEY}`));
    writeFileSync(path('recursor.yml'), base(`api_key: ${KEY}, port: 9000`));
    expect(daemon.control.reloadConfig().text).toContain('webservice.port has changed: restart');
  });
});

describe('what is made over HTTP', () => {
  const text = (api: string) => `
recursor: {hint_file: "no", forward_zones: [{zone: fixed.arpa, forwarders: ['127.0.0.1:9']}]}
webservice: {api_key: ${KEY}, api_dir: ${api}}
`;
  const zone = { name: 'home.arpa.', kind: 'Forwarded', servers: ['127.0.0.1:5300'], recursion_desired: true };

  test('zones are in force at once, are stored, and are there after a restart', async () => {
    const { ask, path, read, daemon } = await startFromFile(text('api'));
    expect((await ask('POST', `${SERVER}/zones`, zone)).status).toBe(201);
    expect((await ask('POST', `${SERVER}/zones`, zone)).status).toBe(409);
    const native = { name: 'ads.example.', kind: 'Native', single_target_ip: '192.0.2.9' };
    expect((await ask('POST', `${SERVER}/zones`, native)).status).toBe(201);
    const names = (await ask('GET', `${SERVER}/zones`)).json.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['fixed.arpa.', 'home.arpa.', 'ads.example.']);
    expect(readdirSync(path('api')).sort()).toEqual(['kedge-api-ads.example.zone', 'kedge-api-zones.yml']);
    expect(statSync(path('api/kedge-api-zones.yml')).mode & 0o777).toBe(0o600);
    expect(read().recursor.forward_zones_recurse.map(({ zone: { key } }) => key)).toEqual([nameOf('home.arpa.').key]);
    expect(read().recursor.auth_zones.map(({ file }) => file)).toEqual([path('api/kedge-api-ads.example.zone')]);
    // Reading everything again keeps them.
    expect(daemon.control.reloadConfig().ok).toBe(true);
    expect((await ask('GET', `${SERVER}/zones`)).json).toHaveLength(3);
    expect((await ask('DELETE', `${SERVER}/zones/ads.example.`)).status).toBe(204);
    expect((await ask('DELETE', `${SERVER}/zones/home.arpa.`)).status).toBe(204);
    expect((await ask('DELETE', `${SERVER}/zones/home.arpa.`)).status).toBe(404);
    expect(readdirSync(path('api'))).toEqual([]);
  });

  test('a zone of a file is changed there', async () => {
    const { ask } = await startFromFile(text('api'));
    const { status, json } = await ask('DELETE', `${SERVER}/zones/fixed.arpa.`);
    expect([status, json.error]).toEqual([409, 'the zone stands in a configuration file']);
    expect((await ask('PUT', `${SERVER}/zones/fixed.arpa.`, { ...zone, name: 'fixed.arpa.' })).status).toBe(409);
  });

  test('odd names do not lead out of the directory', async () => {
    const { ask, path } = await startFromFile(text('api'));
    const names = [
      '\\046\\046\\047etc.example.',
      'a\\.b.example.',
      `${'x'.repeat(63)}.${'y'.repeat(63)}.${'z'.repeat(63)}.example.`,
    ];
    for (const name of names) {
      expect((await ask('POST', `${SERVER}/zones`, { name, kind: 'Native' })).status).toBe(201);
    }
    const files = readdirSync(path('api'));
    expect(files).toHaveLength(4);
    for (const file of files) expect(file).toMatch(/^kedge-api-[a-z0-9.-]+$/);
    expect((await ask('GET', `${SERVER}/zones`)).json).toHaveLength(4);
  });

  test('what cannot be put in force is taken back', async () => {
    const { ask, path } = await startFromFile(text('api'));
    expect((await ask('POST', `${SERVER}/zones`, zone)).status).toBe(201);
    const before = readFileSync(path('api/kedge-api-zones.yml'), 'utf8');
    const wrong = await ask('POST', `${SERVER}/zones`, { ...zone, name: 'b.arpa.', servers: ['no address'] });
    expect([wrong.status, wrong.json.error]).toEqual([400, expect.stringContaining('no address')]);
    expect(readFileSync(path('api/kedge-api-zones.yml'), 'utf8')).toBe(before);
    expect((await ask('GET', `${SERVER}/zones`)).json).toHaveLength(2);
  });

  test('a file that was broken by hand is not written over', async () => {
    const { ask, path } = await startFromFile(text('api'));
    expect((await ask('POST', `${SERVER}/zones`, zone)).status).toBe(201);
    const broken = `${readFileSync(path('api/kedge-api-zones.yml'), 'utf8')}\n  oops: [`;
    writeFileSync(path('api/kedge-api-zones.yml'), broken);
    const { status, json } = await ask('POST', `${SERVER}/zones`, { ...zone, name: 'b.arpa.' });
    expect([status, json.remedy]).toEqual([409, expect.stringContaining('kedge-api-zones.yml')]);
    expect(readFileSync(path('api/kedge-api-zones.yml'), 'utf8')).toBe(broken);
  });

  test('names and servers cannot say more than they are', async () => {
    const { ask, path, read } = await startFromFile(text('api'));
    const names = [
      'a"b: c.example.',
      "x'}]#.example.",
      '$INCLUDE.',
      '\\010x.example.',
      '*.example.',
      '\\@.',
      '-.example.',
    ];
    for (const name of names) {
      const spoken = name.replaceAll(' ', '\\032');
      for (const wanted of [
        { kind: 'Native', single_target_ip: '192.0.2.9' },
        { ...zone, name: undefined },
      ]) {
        const { status } = await ask('POST', `${SERVER}/zones`, { ...wanted, name: spoken });
        expect([name, [201, 400].includes(status)]).toEqual([name, true]);
        if (status === 201) {
          const place = encodeURIComponent(spoken);
          expect([name, (await ask('GET', `${SERVER}/zones/${place}`)).status]).toEqual([name, 200]);
          expect([name, (await ask('DELETE', `${SERVER}/zones/${place}`)).status]).toEqual([name, 204]);
        }
      }
    }
    const servers = ["127.0.0.1'\nincoming: {allow_from: ['0.0.0.0/0']}\n#"];
    expect((await ask('POST', `${SERVER}/zones`, { ...zone, servers })).status).toBe(400);
    expect(readdirSync(path('api'))).toEqual([]);
    expect(read().recursor.auth_zones).toEqual([]);
  });

  test('every change is in the audit trail, also one that was not made', async () => {
    const { ask } = await startFromFile(text('api'));
    await ask('POST', `${SERVER}/zones`, zone);
    await ask('PUT', `${SERVER}/zones/home.arpa.`, { ...zone, servers: ['127.0.0.1:5301'] });
    await ask('DELETE', `${SERVER}/zones/fixed.arpa.`);
    await ask('DELETE', `${SERVER}/zones/home.arpa.`);
    await ask('PUT', `${SERVER}/config/allow-from`, { value: ['127.0.0.1'] });
    await ask('PUT', `${SERVER}/cache/flush?domain=www.example&subtree=true&type=MX`);
    await ask('PUT', `${SERVER}/trace`, { domains: 'example' });
    const { entries } = (await ask('GET', 'api/kedge/audit')).json;
    const rows = entries.map(({ client, action, zone: of = '', text: given, ok }: Record<string, unknown>) =>
      [client, action, of, given, ok].join('; '),
    );
    expect(rows.reverse()).toEqual([
      '127.0.0.1; add zone; home.arpa.; Forwarded 127.0.0.1:5300; true',
      '127.0.0.1; replace zone; home.arpa.; Forwarded 127.0.0.1:5301; true',
      '127.0.0.1; remove zone; fixed.arpa.; ; false',
      '127.0.0.1; remove zone; home.arpa.; ; true',
      '127.0.0.1; set allow-from; ; 127.0.0.1; true',
      '127.0.0.1; flush cache; www.example.; and all below MX; true',
      '127.0.0.1; trace; ; example; true',
    ]);
  });

  test('networks replace those of the configuration', async () => {
    const { ask, path, read, daemon } = await startFromFile(text('api'));
    const place = `${SERVER}/config/allow-from`;
    const { json } = await ask('PUT', place, { name: 'allow-from', value: ['127.0.0.1', '192.0.2.0/24'] });
    expect(json.value).toEqual(['127.0.0.1/32', '192.0.2.0/24']);
    expect(daemon.control.parameter('allow-from', 'current')).toBe('allow-from=127.0.0.1/32, 192.0.2.0/24');
    expect(read().incoming.allow_from).toHaveLength(2);
    expect((await ask('PUT', place, { value: ['nonsense'] })).status).toBe(400);
    expect(readFileSync(path('api/kedge-api-allow-from.yml'), 'utf8')).not.toContain('nonsense');
    const notify = await ask('PUT', `${SERVER}/config/allow-notify-from`, { value: ['192.0.2.1'] });
    expect(notify.json.value).toEqual(['192.0.2.1/32']);
  });

  test('without a directory nothing can be made, and the reply says so', async () => {
    const { ask } = await startFromFile(text("''"));
    const { status, json } = await ask('POST', `${SERVER}/zones`, zone);
    expect([status, json.remedy]).toEqual([409, expect.stringContaining('webservice.api_dir')]);
  });

  test('a directory that cannot be made is no fault of ours', async () => {
    const { ask } = await startFromFile(text('recursor.yml/api'));
    const { status, json } = await ask('POST', `${SERVER}/zones`, zone);
    expect([status, json.remedy]).toEqual([503, expect.stringContaining('recursor.yml/api')]);
    expect((await ask('GET', `${SERVER}/zones`)).json).toHaveLength(1);
  });

  test('settings are shown without keys and passwords', async () => {
    const { ask } = await startFromFile(text('api'));
    const { json } = await ask('GET', `${SERVER}/config`);
    const value = (name: string) => json.find((item: { name: string }) => item.name === name)?.value;
    expect([value('api-key'), value('webserver-password'), value('dnssec')]).toEqual(['***', '', 'validate']);
    expect(JSON.stringify(json)).not.toContain(KEY);
  });
});
