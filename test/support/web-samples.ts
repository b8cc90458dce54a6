// What a kedge with some trouble would send to its pages; and the same with nothing in it.
import type {
  Anchors,
  AuditEntry,
  Expiries,
  Failures,
  ForwardedZone,
  LoggedQuery,
  Overview,
  Rollover,
  VerdictChange,
} from '../../src/web/target.ts';
import { LONG_NAME, MARKUP_LABEL } from './sample-explanations.ts';

const NOW_MS = Date.now();
const HOUR = 3600;
const DAY = 24 * HOUR;

/** Seconds from now, as it is sent. */
function at(seconds: number): string {
  return new Date(NOW_MS + seconds * 1000).toISOString();
}

const ODD_NAME = `${MARKUP_LABEL}.test.`;

export const overview: Overview = {
  version: '0.1.0',
  now: at(0),
  startedAt: at(-3 * DAY),
  uptimeSeconds: 3 * DAY + 7 * HOUR,
  threads: 2,
  queries: {
    total: 1_284_331,
    perSecond: 412.6,
    tcp: 8123,
    ipv6: 311_004,
    byType: [
      { type: 'A', count: 702_110 },
      { type: 'AAAA', count: 402_220 },
      { type: 'HTTPS', count: 130_001 },
      { type: 'PTR', count: 30_000 },
      { type: 'MX', count: 12_000 },
      { type: 'TXT', count: 8_000 },
    ],
    rcodes: { noerror: 1_100_000, nxdomain: 180_000, servfail: 4_331 },
  },
  cache: {
    hits: 1_140_020,
    misses: 144_311,
    replyHits: 900_100,
    hitShare: 0.8876,
    entries: 182_400,
    maxEntries: 1_000_000,
    replyEntries: 90_000,
    negativeEntries: 20_100,
    denialEntries: 4_000,
  },
  verdicts: { secure: 501_220, insecure: 761_002, bogus: 4_331, indeterminate: 12_001, nta: 2_900 },
  latency: {
    averageMs: 6.2,
    p50Ms: 0.5,
    p99Ms: 250,
    buckets: [
      { leMs: 1, count: 1_100_000 },
      { leMs: 100, count: 150_000 },
      { leMs: null, count: 34_331 },
    ],
  },
  upstream: { queries: 402_118, timeouts: 2_011, tcp: 902 },
  process: { rssBytes: 268_435_456, cpuSeconds: 4_021 },
  series: Array.from({ length: 120 }, (_, index) => ({
    at: at(-5 * (119 - index)),
    queries: Math.round(2000 + 600 * Math.sin(index / 9) + (index % 7) * 40),
    hits: Math.round(1700 + 550 * Math.sin(index / 9)),
    bogus: index > 80 ? 6 + (index % 4) : 0,
    servfail: index > 80 ? 9 + (index % 5) : 1,
    latencyMs: index === 40 ? null : 5 + 3 * Math.sin(index / 5),
  })),
  slowServers: [
    { server: '192.0.2.53#53', rttMs: 412.2, zones: ['home.arpa.', '10.in-addr.arpa.'] },
    { server: '2001:db8:1234:5678:9abc:def0:1234:5678#53', rttMs: 289, zones: [] },
  ],
  failingZones: [
    { zone: 'expired.test.', count: 812, cause: 'rrsig-expired', last: at(-12) },
    { zone: ODD_NAME, count: 3, cause: 'ds-digest-mismatch', last: at(-400) },
    { zone: LONG_NAME, count: 1, cause: 'dnskey-unreachable', last: at(-9000) },
  ],
};

const zero = { noerror: 0, nxdomain: 0, servfail: 0 };

/** A kedge that nobody has asked anything yet. */
export const emptyOverview: Overview = {
  ...overview,
  uptimeSeconds: 4,
  threads: 1,
  queries: { total: 0, perSecond: 0, tcp: 0, ipv6: 0, byType: [], rcodes: zero },
  cache: {
    hits: 0,
    misses: 0,
    replyHits: 0,
    hitShare: 0,
    entries: 0,
    maxEntries: 1_000_000,
    replyEntries: 0,
    negativeEntries: 0,
    denialEntries: 0,
  },
  verdicts: { secure: 0, insecure: 0, bogus: 0, indeterminate: 0, nta: 0 },
  latency: { averageMs: 0, p50Ms: null, p99Ms: null, buckets: [] },
  upstream: { queries: 0, timeouts: 0, tcp: 0 },
  series: [],
  slowServers: [],
  failingZones: [],
};

const ROOT_KEY = '20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d';
const HOME_KEY = '4711 13 2 93c654463a7eb9cd1ca6c0a1d7154b59434e1d621232641a1dd441d4d342e034';

export const anchors: Anchors = {
  dnssec: true,
  anchors: [
    {
      zone: '.',
      records: [ROOT_KEY, '38696 8 2 683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16'],
      source: { kind: 'built-in' },
      state: 'matches',
      matchingKeys: [20326, 38696],
      keys: [
        { tag: 20326, algorithm: 8, algorithmName: 'RSASHA256', flags: 257, anchored: true, signs: true },
        { tag: 46441, algorithm: 8, algorithmName: 'RSASHA256', flags: 256, anchored: false, signs: false },
      ],
      signatureExpires: at(16 * DAY),
      daysLeft: 16,
    },
    {
      zone: 'home.arpa.',
      records: [HOME_KEY],
      source: { kind: 'lua', file: '/etc/powerdns/recursor.lua', line: 12 },
      state: 'matches-none',
      matchingKeys: [],
      keys: [{ tag: 812, algorithm: 13, algorithmName: 'ECDSAP256SHA256', flags: 257, anchored: false, signs: true }],
      signatureExpires: at(3 * DAY),
      daysLeft: 3,
      advice: {
        text: 'The zone was signed with a new key. Compare its digest with what the zone’s own server shows, then add:',
        lines: [
          { where: 'recursor.lua', line: 'addTA("home.arpa", "812 13 2 93c654463a7eb9cd1ca6c0a1d7154b59434e1d62")' },
          { where: 'shell', line: 'kedge ctl add-ta home.arpa 812 13 2 93c654463a7eb9cd1ca6c0a1d7154b59434e1d62' },
        ],
      },
    },
    {
      zone: 'lab.example.',
      records: [HOME_KEY],
      source: { kind: 'api' },
      state: 'unknown',
      matchingKeys: [],
      keys: [],
    },
  ],
  negativeAnchors: [
    {
      zone: ODD_NAME,
      reason: '<script>alert(1)</script> its owner knows',
      source: { kind: 'config', file: '/etc/powerdns/recursor.yml', line: 31 },
      isUnneeded: true,
    },
    { zone: LONG_NAME, reason: '', source: { kind: 'command' }, expiresAt: at(2 * HOUR), isUnneeded: false },
  ],
  forwards: [
    {
      zone: 'home.arpa.',
      servers: ['192.168.1.1#53', '192.168.1.2#5353'],
      state: 'error',
      checkedAt: at(-90),
      advice: [
        {
          text: 'The forwarder strips signatures. Update it, ask the server behind it, or do without validation:',
          lines: [{ where: 'recursor.lua', line: 'addNTA("home.arpa", "forwarder without DNSSEC")' }],
        },
      ],
    },
    { zone: 'corp.example.', servers: ['10.0.0.53#53'], state: 'ok', checkedAt: at(-90), advice: [] },
  ],
};

export const emptyAnchors: Anchors = { dnssec: false, anchors: [], negativeAnchors: [], forwards: [] };

export const audit: readonly AuditEntry[] = [
  {
    at: at(-600),
    client: '127.0.0.1',
    action: 'add anchor',
    zone: 'lab.example.',
    text: HOME_KEY,
    ok: true,
    outcome: 'added',
  },
  {
    at: at(-700),
    client: '::1',
    action: 'add anchor',
    zone: ODD_NAME,
    text: '<img src=x onerror=alert(1)>',
    ok: false,
    outcome: 'this is no DS or DNSKEY record',
  },
];

export const expiries: Expiries = {
  warnDays: 7,
  zones: [
    { zone: 'expired.test.', what: 'data', keyTag: 812, secondsLeft: -6 * DAY - 40 },
    { zone: ODD_NAME, what: 'DNSKEY', keyTag: 1, secondsLeft: 3 * HOUR },
    { zone: LONG_NAME, what: 'DS', keyTag: 65_535, secondsLeft: 6 * DAY },
    { zone: 'example.', what: 'DNSKEY', keyTag: 20_326, secondsLeft: 21 * DAY },
  ].map(({ zone, what, keyTag, secondsLeft }) => ({
    zone,
    what: what === 'data' || what === 'DS' ? what : 'DNSKEY',
    keyTag,
    algorithmName: 'ECDSAP256SHA256',
    expiresAt: at(secondsLeft),
    secondsLeft,
    state: secondsLeft < 0 ? 'expired' : secondsLeft < 7 * DAY ? 'soon' : 'ok',
  })),
};

export const rollovers: readonly Rollover[] = [
  {
    zone: '.',
    isAnchored: true,
    anchorTags: [20326],
    keys: [
      {
        tag: 20326,
        algorithmName: 'RSASHA256',
        flags: 257,
        firstSeen: at(-40 * DAY),
        lastSeen: at(-100),
        anchored: true,
        signs: true,
        revoked: false,
      },
      {
        tag: 38696,
        algorithmName: 'RSASHA256',
        flags: 257,
        firstSeen: at(-5 * DAY),
        lastSeen: at(-100),
        anchored: false,
        signs: false,
        revoked: false,
      },
    ],
    state: 'new-key',
    text: 'A new key has appeared that no anchor names. Add its DS, and keep the old one until the new key signs.',
    safeToDropAt: at(25 * DAY),
  },
  {
    zone: 'home.arpa.',
    isAnchored: true,
    anchorTags: [4711],
    keys: [
      {
        tag: 812,
        algorithmName: 'ECDSAP256SHA256',
        flags: 257,
        firstSeen: at(-DAY),
        lastSeen: at(-100),
        anchored: false,
        signs: true,
        revoked: true,
      },
    ],
    state: 'anchor-matches-none',
    text: 'No key of the zone is named by its anchor.',
  },
];

export const forwarders: readonly ForwardedZone[] = [
  {
    zone: '.',
    recurse: true,
    validated: true,
    servers: [
      { address: '192.168.1.1#53', state: 'ok', rttMs: 3.2, timeouts: 2, queries: 40_112, lastReplyAt: at(-1) },
      {
        address: '2001:db8:1234:5678:9abc:def0:1234:5678#853',
        state: 'failing',
        timeouts: 40,
        queries: 44,
        lastReplyAt: at(-4 * HOUR),
        note: 'no reply to the last 12 queries',
      },
    ],
  },
  {
    zone: 'home.arpa.',
    recurse: false,
    validated: false,
    servers: [{ address: '10.0.0.1#53', state: 'unknown', timeouts: 0, queries: 0 }],
  },
];

export const failures: Failures = {
  failures: [
    {
      first: at(-3 * HOUR),
      last: at(-12),
      count: 812,
      name: 'www.expired.test.',
      type: 'A',
      kind: 'bogus',
      cause: 'rrsig-expired',
      ede: 7,
      text: 'signature expired',
      hint: 'Sign expired.test anew, and see why the signer has stopped.',
      zone: 'expired.test.',
      expected: 'an expiration after 2026-11-22T21:42:18Z',
      found: '2026-11-16T21:42:10Z',
      server: '192.0.2.53#53',
    },
    {
      first: at(-400),
      last: at(-400),
      count: 1,
      name: ODD_NAME,
      type: 'TXT',
      kind: 'failed',
      cause: 'servers-silent',
      ede: 22,
      text: 'no server answers',
      hint: '',
    },
    {
      first: at(-900),
      last: at(-800),
      count: 2,
      name: LONG_NAME,
      type: 'AAAA',
      kind: 'bogus',
      cause: 'ds-digest-mismatch',
      ede: null,
      text: 'the DS digest does not match the DNSKEY',
      hint: 'Have the parent publish the DS of a key that the zone has.',
    },
  ],
  next: 'older',
};

export const changes: readonly VerdictChange[] = [
  {
    at: at(-12),
    zone: 'expired.test.',
    from: 'secure',
    to: 'bogus',
    cause: 'rrsig-expired',
    text: 'signature expired',
  },
  { at: at(-7200), zone: ODD_NAME, from: 'unknown', to: 'insecure', cause: 'no-ds', text: 'the parent has no DS' },
  { at: at(-9200), zone: LONG_NAME, from: 'bogus', to: 'secure', text: 'proved again' },
];

/** The query of a number. */
export function loggedQuery(seq: number): LoggedQuery {
  const names = ['www.example.org.', ODD_NAME, LONG_NAME, 'www.expired.test.'];
  const verdicts = ['secure', 'insecure', 'indeterminate', 'bogus'];
  const isBogus = seq % 4 === 3;
  return {
    seq,
    at: at(seq - 60),
    client: seq % 2 === 0 ? '192.168.1.20' : '2001:db8:1234:5678:9abc:def0:1234:5678',
    transport: seq % 5 === 0 ? 'tcp' : 'udp',
    name: names[seq % 4] ?? '.',
    type: seq % 3 === 0 ? 'AAAA' : 'A',
    rcode: isBogus ? 'SERVFAIL' : 'NOERROR',
    ...(seq % 6 !== 5 && { verdict: verdicts[seq % 4] ?? 'secure' }),
    origin: seq % 2 === 0 ? 'cache' : 'network',
    ms: seq * 1.7,
    octets: 80 + seq,
    do: seq % 2 === 0,
    cd: seq % 4 === 0,
  };
}
