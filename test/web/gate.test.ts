import { describe, expect, test } from 'vitest';
import { gate, type Visitor } from '../../src/web/gate.ts';

const settings = { hosts: ['Resolver.home.arpa', 'other.home.arpa:9000'], crossOrigin: '' };

function visitor(headers: Record<string, string>, changes: Partial<Visitor> = {}): Visitor {
  return {
    method: 'GET',
    url: '/',
    headers,
    rawHeaders: Object.entries(headers).flat(),
    localAddress: '127.0.0.1',
    isTls: false,
    ...changes,
  };
}

describe('the Host header', () => {
  const rows: { host: string; localAddress?: string; passes: boolean }[] = [
    { host: '127.0.0.1', passes: true },
    { host: '127.0.0.1:8082', passes: true },
    { host: '[::1]', passes: true },
    { host: '[::1]:8082', passes: true },
    { host: 'localhost', passes: true },
    { host: 'LocalHost:8082', passes: true },
    // The far end of a tunnel or a container: the name is what counts.
    { host: 'localhost:9000', passes: true },
    { host: '192.0.2.7:8082', localAddress: '192.0.2.7', passes: true },
    { host: '192.0.2.7:8082', localAddress: '::ffff:192.0.2.7', passes: true },
    { host: '[2001:db8::7]:8082', localAddress: '2001:db8::7', passes: true },
    { host: '[fe80::7]:8082', localAddress: 'fe80::7%eth0', passes: true },
    { host: '[fe80::8]:8082', localAddress: 'fe80::7%eth0', passes: false },
    { host: 'resolver.home.arpa', passes: true },
    { host: 'resolver.home.arpa:8082', passes: true },
    { host: 'other.home.arpa:9000', passes: true },
    { host: 'other.home.arpa', passes: false },
    { host: 'evil.example', passes: false },
    { host: 'evil.example:8082', passes: false },
    { host: 'localhost.evil.example', passes: false },
    { host: '127.0.0.1.evil.example', passes: false },
    { host: 'evil.example@127.0.0.1', passes: false },
    { host: '127.0.0.1@evil.example', passes: false },
    { host: '127.0.0.1, evil.example', passes: false },
    { host: '127.0.0.1:8082:8082', passes: false },
    { host: '127.0.0.1:port', passes: false },
    { host: '127.0.0.2', passes: false },
    { host: '192.0.2.7', passes: false },
    { host: '2130706433', passes: false },
    { host: '::1', passes: false },
    { host: 'localhost.', passes: false },
    { host: ' ', passes: false },
    { host: '', passes: false },
  ];
  for (const { host, localAddress, passes } of rows) {
    const where = localAddress === undefined ? '' : ` at ${localAddress}`;
    test(`'${host}'${where} ${passes ? 'passes' : 'is refused'}`, () => {
      const refused = gate(visitor({ host }, localAddress === undefined ? {} : { localAddress }), settings);
      expect(refused?.status).toBe(passes ? undefined : 403);
    });
  }

  test('there is exactly one (RFC 9112 3.2)', () => {
    expect(gate(visitor({}), settings)?.status).toBe(400);
    const rawHeaders = ['Host', 'localhost', 'host', 'evil.example'];
    expect(gate(visitor({ host: 'localhost' }, { rawHeaders }), settings)?.status).toBe(400);
  });
});

describe('pages of other sites', () => {
  const host = 'localhost:8082';
  const own = 'http://localhost:8082';
  const rows: { method: string; url?: string; headers: Record<string, string>; passes: boolean }[] = [
    { method: 'PUT', headers: {}, passes: true },
    { method: 'PUT', headers: { origin: own }, passes: true },
    { method: 'PUT', headers: { origin: own, 'sec-fetch-site': 'same-origin' }, passes: true },
    { method: 'PUT', headers: { 'sec-fetch-site': 'none' }, passes: true },
    { method: 'PUT', headers: { origin: 'https://localhost:8082' }, passes: false },
    { method: 'PUT', headers: { origin: 'http://localhost:8083' }, passes: false },
    { method: 'PUT', headers: { origin: 'http://localhost' }, passes: false },
    { method: 'PUT', headers: { origin: 'http://127.0.0.1:8082' }, passes: false },
    { method: 'PUT', headers: { origin: 'http://evil.example' }, passes: false },
    { method: 'PUT', headers: { origin: 'null' }, passes: false },
    { method: 'PUT', headers: { origin: '' }, passes: false },
    { method: 'PUT', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'PUT', headers: { 'sec-fetch-site': 'same-site' }, passes: false },
    { method: 'PUT', headers: { origin: own, 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'POST', headers: { origin: 'http://evil.example' }, passes: false },
    { method: 'DELETE', headers: { origin: 'http://evil.example' }, passes: false },
    { method: 'OPTIONS', headers: { origin: 'http://evil.example' }, passes: false },
    // A link from elsewhere to a page is fine; what a page fetches is not.
    { method: 'GET', url: '/chain?name=www.example.', headers: { 'sec-fetch-site': 'cross-site' }, passes: true },
    { method: 'GET', url: '/api/kedge/explain?name=a.', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/api/kedge/explain?name=a.', headers: { 'sec-fetch-site': 'same-site' }, passes: false },
    { method: 'GET', url: '/api/kedge/explain?name=a.', headers: { 'sec-fetch-site': 'same-origin' }, passes: true },
    { method: 'GET', url: '/api/kedge/explain?name=a.', headers: { 'sec-fetch-site': 'none' }, passes: true },
    { method: 'GET', url: '/api/kedge/explain?name=a.', headers: { origin: 'http://evil.example' }, passes: false },
    { method: 'GET', url: '/api?x', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/api', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    // The routes know them under these names too.
    { method: 'GET', url: '/%61pi/kedge/explain?name=a.', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/ap%69#', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/api#x', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/%zz', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/jsonstat?command=x', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
    { method: 'GET', url: '/metrics', headers: { 'sec-fetch-site': 'cross-site' }, passes: true },
    { method: 'HEAD', url: '/api/v1', headers: { 'sec-fetch-site': 'cross-site' }, passes: false },
  ];
  for (const { method, url = '/api/kedge/anchors', headers, passes } of rows) {
    test(`${method} ${url} with ${JSON.stringify(headers)} ${passes ? 'passes' : 'is refused'}`, () => {
      const refused = gate(visitor({ host, ...headers }, { method, url }), settings);
      expect(refused?.status).toBe(passes ? undefined : 403);
    });
  }

  test('over TLS the own origin is https', () => {
    const put = (origin: string) => gate(visitor({ host, origin }, { method: 'PUT', isTls: true }), settings)?.status;
    expect([put('https://localhost:8082'), put('http://localhost:8082')]).toEqual([undefined, 403]);
  });

  test('a site that the operator has invited may use the API, and no other', () => {
    const invited = { hosts: [], crossOrigin: 'https://dashboard.example' };
    const from = (origin: string) =>
      gate(visitor({ host, origin, 'sec-fetch-site': 'cross-site' }, { method: 'PUT' }), invited)?.status;
    expect([from('https://dashboard.example'), from('https://evil.example')]).toEqual([undefined, 403]);
  });
});

describe('the request line', () => {
  const host = 'localhost';
  const rows: { name: string; changes: Partial<Visitor>; status: number | undefined }[] = [
    { name: 'an address of 2 KiB passes', changes: { url: `/${'a'.repeat(2047)}` }, status: undefined },
    { name: 'a longer one does not', changes: { url: `/${'a'.repeat(2048)}` }, status: 414 },
    { name: 'a whole URL is for proxies', changes: { url: 'http://evil.example/' }, status: 400 },
    { name: 'so is an authority', changes: { url: '*', method: 'OPTIONS' }, status: 400 },
    { name: 'PATCH is not known', changes: { method: 'PATCH' }, status: 405 },
    { name: 'TRACE is not known', changes: { method: 'TRACE' }, status: 405 },
    {
      name: 'more than 50 headers are refused',
      changes: { rawHeaders: ['host', host, ...Array.from({ length: 50 }, (_, n) => [`x-${n}`, 'v']).flat()] },
      status: 431,
    },
    {
      name: '50 headers pass',
      changes: { rawHeaders: ['host', host, ...Array.from({ length: 49 }, (_, n) => [`x-${n}`, 'v']).flat()] },
      status: undefined,
    },
  ];
  for (const { name, changes, status } of rows) {
    test(name, () => expect(gate(visitor({ host }, changes), settings)?.status).toBe(status));
  }
});
