// The shapes of `/api/kedge` as JSON Schema: what target.ts says in types, for the OpenAPI description.

export type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;
const bool = { type: 'boolean' } as const;
const whole = { type: 'integer' } as const;
const number = { type: 'number' } as const;
const time = { type: 'string', format: 'date-time' } as const;

function named(type: Schema, description: string): Schema {
  return { ...type, description };
}

function oneOf(...values: readonly string[]): Schema {
  return { type: 'string', enum: values };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

export function objectOf(required: Readonly<Record<string, Schema>>, optional: Readonly<Record<string, Schema>> = {}) {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  } as const;
}

const name = named(text, 'A name in presentation form, with the final dot, escaped.');
const orNull = (type: string): Schema => ({ type: [type, 'null'] });

const typeCount = objectOf({ type: text, count: whole });

const seriesPoint = objectOf({
  at: time,
  queries: whole,
  hits: whole,
  bogus: whole,
  servfail: whole,
  latencyMs: orNull('number'),
});

export const overview = objectOf({
  version: text,
  now: time,
  startedAt: time,
  uptimeSeconds: whole,
  threads: whole,
  queries: objectOf({
    total: whole,
    perSecond: number,
    tcp: whole,
    ipv6: whole,
    byType: named(listOf(typeCount), 'Of those that were not answered with a ready reply.'),
    rcodes: objectOf({ noerror: whole, nxdomain: whole, servfail: whole }),
  }),
  cache: objectOf({
    hits: whole,
    misses: whole,
    replyHits: whole,
    hitShare: number,
    entries: whole,
    maxEntries: whole,
    replyEntries: whole,
    negativeEntries: whole,
    denialEntries: whole,
  }),
  verdicts: objectOf({ secure: whole, insecure: whole, bogus: whole, indeterminate: whole, nta: whole }),
  latency: objectOf({
    averageMs: number,
    p50Ms: orNull('number'),
    p99Ms: orNull('number'),
    buckets: listOf(objectOf({ leMs: orNull('number'), count: whole })),
  }),
  upstream: objectOf({ queries: whole, timeouts: whole, tcp: whole }),
  process: objectOf({ rssBytes: whole, cpuSeconds: number }),
  series: named(listOf(seriesPoint), 'One point for each 5 seconds of the last ten minutes, the oldest first.'),
  slowServers: listOf(objectOf({ server: text, rttMs: number, zones: listOf(name) })),
  failingZones: listOf(objectOf({ zone: name, count: whole, cause: text, last: time })),
});

const pasteLine = objectOf({ where: text, line: text });
const advice = objectOf({ text, lines: listOf(pasteLine) });

const source = objectOf({ kind: oneOf('built-in', 'config', 'lua', 'command', 'api') }, { file: text, line: whole });

const anchoredKey = objectOf({
  tag: whole,
  algorithm: whole,
  algorithmName: text,
  flags: whole,
  anchored: bool,
  signs: bool,
});

const anchor = objectOf(
  {
    zone: name,
    records: listOf(named(text, 'DS content.')),
    source,
    state: oneOf('matches', 'matches-none', 'unknown'),
    matchingKeys: listOf(whole),
    keys: listOf(anchoredKey),
  },
  { signatureExpires: time, daysLeft: whole, advice },
);

const negativeAnchor = objectOf({ zone: name, reason: text, source }, { expiresAt: time, isUnneeded: bool });

const checkedForward = objectOf(
  {
    zone: name,
    servers: listOf(text),
    state: oneOf('ok', 'warning', 'error', 'unknown'),
    advice: listOf(advice),
  },
  { checkedAt: time },
);

export const anchors = objectOf({
  dnssec: bool,
  anchors: listOf(anchor),
  negativeAnchors: listOf(negativeAnchor),
  forwards: listOf(checkedForward),
});

export const checkedForwards = objectOf({ forwards: listOf(checkedForward) });
export const done = objectOf({ text: named(text, 'What was done.') });

export const audit = objectOf({
  entries: listOf(objectOf({ at: time, client: text, action: text, text, ok: bool, outcome: text }, { zone: text })),
});

export const expiries = objectOf({
  warnDays: whole,
  zones: listOf(
    objectOf({
      zone: name,
      what: oneOf('DNSKEY', 'DS', 'data'),
      keyTag: whole,
      algorithmName: text,
      expiresAt: time,
      secondsLeft: whole,
      state: oneOf('ok', 'soon', 'expired'),
    }),
  ),
});

const watchedKey = objectOf({
  tag: whole,
  algorithmName: text,
  flags: whole,
  firstSeen: time,
  lastSeen: time,
  anchored: bool,
  signs: bool,
  revoked: bool,
});

export const rollovers = objectOf({
  zones: listOf(
    objectOf(
      {
        zone: name,
        isAnchored: bool,
        anchorTags: listOf(whole),
        keys: listOf(watchedKey),
        state: oneOf('steady', 'new-key', 'old-key-gone', 'anchor-matches-none', 'broken', 'insecure', 'unknown'),
        text,
      },
      { safeToDropAt: time },
    ),
  ),
});

const forwarderServer = objectOf(
  { address: text, state: oneOf('ok', 'failing', 'unknown'), timeouts: whole, queries: whole },
  { rttMs: number, lastReplyAt: time, note: text },
);

export const forwarders = objectOf({
  zones: listOf(objectOf({ zone: name, recurse: bool, validated: bool, servers: listOf(forwarderServer) })),
});

const failure = objectOf(
  {
    first: time,
    last: time,
    count: whole,
    name,
    type: text,
    kind: oneOf('bogus', 'failed'),
    cause: named(text, 'A code of docs/causes.md.'),
    ede: orNull('integer'),
    text,
    hint: text,
  },
  { zone: name, expected: text, found: text, server: text },
);

export const failures = objectOf(
  { failures: listOf(failure) },
  { next: named(text, 'The cursor of the older ones; absent when there are none.') },
);

const status = ['secure', 'insecure', 'bogus'];

export const history = objectOf({
  entries: listOf(
    objectOf({ at: time, zone: name, from: oneOf('unknown', ...status), to: oneOf(...status), text }, { cause: text }),
  ),
});

const loggedQuery = objectOf(
  {
    seq: whole,
    at: time,
    client: text,
    transport: oneOf('udp', 'tcp'),
    name,
    type: text,
    rcode: text,
    origin: oneOf('server', 'local', 'cache', 'network'),
    ms: number,
    octets: whole,
    do: bool,
    cd: bool,
  },
  { verdict: text },
);

export const queries = objectOf({ on: bool, seq: whole, entries: listOf(loggedQuery) });
export const queryLogSwitch = objectOf({ on: bool });

const explainedKey = objectOf(
  { tag: whole, algorithm: whole, algorithmName: text },
  { flags: whole, digestType: whole, digestName: text, isEntryPoint: bool },
);

const explainedSignature = objectOf({
  signer: name,
  keyTag: whole,
  algorithm: whole,
  algorithmName: text,
  inception: time,
  expiration: time,
  secondsLeft: whole,
  secondsUntilInception: whole,
});

const explainedLink = objectOf(
  {
    kind: oneOf('anchor', 'negative-anchor', 'ds', 'dnskey', 'insecure-delegation', 'rrset', 'denial', 'failure'),
    state: oneOf('secure', 'insecure', 'broken'),
    zone: name,
    keys: listOf(explainedKey),
  },
  {
    name,
    type: text,
    signature: explainedSignature,
    wildcard: name,
    proof: text,
    optOut: bool,
    why: text,
    expected: text,
    found: text,
    server: text,
    ms: number,
    at: time,
  },
);

const explainedStatus = oneOf('secure', 'insecure', 'bogus', 'indeterminate', 'failed');

const explainedPart = objectOf(
  {
    name,
    type: text,
    what: oneOf('data', 'alias', 'nodata', 'nxdomain', 'local', 'nothing'),
    status: explainedStatus,
    links: listOf(explainedLink),
  },
  { target: name },
);

const explainedCause = objectOf({
  code: text,
  ede: orNull('integer'),
  text,
  explanation: text,
  side: text,
  hint: text,
  remedies: listOf(advice),
});

const explainedAttempt = objectOf({ server: text, name, type: text, transport: text, outcome: text }, { ms: number });

export const explanation = objectOf({
  schema: { type: 'integer', const: 1 },
  question: objectOf({ name, type: text }),
  at: time,
  source: oneOf('here', 'running'),
  status: explainedStatus,
  rcode: text,
  authentic: bool,
  answer: listOf(text),
  parts: listOf(explainedPart),
  cause: { anyOf: [explainedCause, { type: 'null' }] },
  errors: listOf(objectOf({ code: whole, text })),
  attempts: listOf(explainedAttempt),
  elapsedMs: number,
});
