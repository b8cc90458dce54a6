// What single steps cost, in microseconds, and whether any of them holds up the event loop for too long.
import { AnswerCache, type PositiveEntry, Rank } from '../../src/cache/answer-cache.ts';
import { algorithmText } from '../../src/dnssec/algorithms.ts';
import { DEFAULT_DNSSEC_LIMITS } from '../../src/dnssec/budget.ts';
import { nsec3Hash } from '../../src/dnssec/nsec3-hash.ts';
import { summarise } from '../../src/dnssec/rrsig.ts';
import type { Chain } from '../../src/dnssec/verdict.ts';
import { isDear, prepareKey, VerificationKey, verifySignature } from '../../src/dnssec/verification-key.ts';
import { makeKey, type SigningAlgorithm, type SigningKey, signingAlgorithms } from '../../src/lab/keys.ts';
import { signRRset } from '../../src/lab/signer.ts';
import { ReplyBuilder } from '../../src/server/reply.ts';
import { parseRequest, type Request } from '../../src/server/request.ts';
import { extendChain } from '../../src/validator/needs.ts';
import { signedOctets } from '../../src/wire/canonical.ts';
import { RRClass, RRType } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { parseMessage } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { parseDNSKEY, parseRRSIG } from '../../src/wire/rdata-dnssec.ts';
import type { RRset } from '../../src/wire/record.ts';
import { MAX_MESSAGE_OCTETS, MessageWriter } from '../../src/wire/writer.ts';

/** Nothing that runs on the event loop may take longer. */
export const MAX_BLOCK_MS = 2;

const ROUNDS = 7;
const ROUND_MS = 40;
const VALIDITY = { inceptionSeconds: 1_767_000_000, expirationSeconds: 1_769_000_000 };
const ZONE = nameOf('bench.example.');
const CLIENT = Uint8Array.of(192, 0, 2, 1);
const OWNER = nameOf('www.bench.example.');
/** Verifications done at once before other work gets its turn. */
const VERIFICATIONS_IN_A_ROW = 4;

export interface MicroRow {
  readonly name: string;
  readonly microseconds: number;
  /** Runs in the thread pool, not on the event loop. */
  readonly offLoop?: true;
}

/** Measures all steps; the median of several rounds each. */
export function measureMicro(): MicroRow[] {
  const key = makeKey({ algorithm: 13 });
  const rrset = signedSet(key);
  const reply = replyOctets(rrset);
  const large = largeReply(key);
  const request = requestFor();
  const builder = new ReplyBuilder();
  const content = {
    rcode: 0,
    answer: [{ rrset, ttl: 300 }],
    authority: [],
    authentic: true,
    errors: [],
  };
  const cache = filledCache(rrset);
  const names = Array.from({ length: 1024 }, (_, index) => nameOf(`n${index}.bench.example.`));
  let turn = 0;
  const row = (name: string, work: () => unknown): MicroRow => ({ name, microseconds: measure(work) });
  return [
    row(`parse a reply (A, RRSIG, OPT; ${reply.length} octets)`, () => parseMessage(reply)),
    row(`parse the largest reply (${large.length} octets)`, () => parseMessage(large)),
    row('parse a query', () => parseRequest(queryOctets)),
    row('build a reply (A, RRSIG, OPT)', () =>
      builder.answer(request, content, { transport: 'udp', address: CLIENT }, false),
    ),
    row('RRset cache: get', () => cache.get(names[turn++ & 1023] ?? OWNER, RRType.A, 0)),
    row('canonical form and signed octets', () => signedOctetsOf(rrset)),
    row('links of a chain of trust: DS, DNSKEY, data', chainRecorder(key, rrset)),
    ...[0, 10, DEFAULT_DNSSEC_LIMITS.maxNsec3Iterations].map((iterations) =>
      row(`NSEC3 hash, ${iterations} iterations`, () => nsec3Hash(OWNER, new Uint8Array(8), iterations)),
    ),
    row(`NSEC3 hashes of one message at the limit (${DEFAULT_DNSSEC_LIMITS.maxHashBlocksPerMessage} blocks)`, () => {
      const iterations = DEFAULT_DNSSEC_LIMITS.maxNsec3Iterations;
      const hashes = Math.floor(DEFAULT_DNSSEC_LIMITS.maxHashBlocksPerMessage / (iterations + 1));
      for (let index = 0; index < hashes; index++) nsec3Hash(OWNER, new Uint8Array(8), iterations);
    }),
    ...signingAlgorithms.flatMap((algorithm) => verificationRows(algorithm)),
  ];
}

function verificationRows(algorithm: SigningAlgorithm): MicroRow[] {
  const bits = algorithm === 5 || algorithm === 7 || algorithm === 8 || algorithm === 10 ? [2048, 4096] : [undefined];
  return bits.flatMap((rsaBits) => {
    const key = makeKey({ algorithm, ...(rsaBits === undefined ? {} : { rsaBits }) });
    const rrset = signedSet(key);
    const signed = signedOctetsOf(rrset);
    const signature = parseRRSIG(rrset.signatures[0] ?? new Uint8Array())?.signature ?? new Uint8Array();
    const verifier = verificationKey(key);
    if (!verifySignature(verifier, signature, signed)) throw new Error(`${algorithmText(algorithm)} does not verify`);
    const name = `${algorithmText(algorithm)}${rsaBits === undefined ? '' : ` ${rsaBits}`}`;
    const dear = isDear(verifier) ? ({ offLoop: true } as const) : {};
    const rows: MicroRow[] = [
      { name: `verify ${name}`, microseconds: measure(() => verifySignature(verifier, signature, signed)), ...dear },
      {
        name: `import a key and verify ${name}`,
        microseconds: measure(() => verifySignature(verificationKey(key), signature, signed)),
        ...dear,
      },
    ];
    if (dear.offLoop) return rows;
    const inARow = () => {
      for (let index = 0; index < VERIFICATIONS_IN_A_ROW; index++) verifySignature(verifier, signature, signed);
    };
    return [
      ...rows,
      { name: `${VERIFICATIONS_IN_A_ROW} verifications in a row ${name}`, microseconds: measure(inARow) },
    ];
  });
}

/** Microseconds of one call: the median of rounds, each as long as it needs to be told from the clock's grain. */
function measure(work: () => unknown): number {
  let calls = 1;
  const time = () => {
    const startedAtMs = performance.now();
    for (let call = 0; call < calls; call++) work();
    return performance.now() - startedAtMs;
  };
  while (time() < ROUND_MS) calls *= 2;
  const rounds = Array.from({ length: ROUNDS }, () => (time() / calls) * 1000).sort((a, b) => a - b);
  return rounds[ROUNDS >> 1] ?? Number.NaN;
}

/** What validation writes down of one zone and one record set in it, and validation needs none of: see src/validator. */
function chainRecorder(key: SigningKey, rrset: RRset): () => Chain {
  const signature = parseRRSIG(rrset.signatures[0] ?? new Uint8Array());
  const dnskey = parseDNSKEY(key.dnskey);
  if (signature === undefined || dnskey === undefined) throw new Error('the set is not signed');
  const ds = { keyTag: key.keyTag, algorithm: 13, digestType: 2 };
  const [server, ms, above] = ['192.0.2.1#53', 1.5, undefined];
  return () => {
    const dsFacts = { signature: summarise(signature), server, ms };
    const records = [ds].map(({ keyTag, algorithm, digestType }) => ({ keyTag, algorithm, digestType }));
    const parent = extendChain(above, { kind: 'ds', zone: ZONE, keyTags: [ds.keyTag], ...dsFacts, records });
    const { algorithm, flags } = dnskey;
    const signs = rrset.signatures.some((rdata) => parseRRSIG(rdata)?.keyTag === key.keyTag);
    const keys = [{ keyTag: key.keyTag, algorithm, flags, signs }];
    const matched = { keyTag: key.keyTag, algorithm, digestType: 2 };
    const keyFacts = { signature: summarise(signature), server, ms };
    const zone = extendChain(parent, { kind: 'dnskey', zone: ZONE, keyTags: [key.keyTag], matched, ...keyFacts, keys });
    const data = { signature: summarise(signature), wildcard: undefined, server, ms };
    return extendChain(zone, { kind: 'rrset', name: OWNER, type: RRType.A, ...data });
  };
}

function verificationKey(key: SigningKey): VerificationKey {
  const dnskey = parseDNSKEY(key.dnskey);
  const prepared = dnskey === undefined ? undefined : prepareKey(dnskey);
  if (prepared instanceof VerificationKey) return prepared;
  throw new Error('a key of the lab is not usable');
}

function signedSet(key: SigningKey, name = OWNER): RRset {
  const rrset = {
    name,
    type: RRType.A,
    class: RRClass.IN,
    ttl: 300,
    rdatas: [Uint8Array.of(192, 0, 2, 1)],
    signatures: [],
  };
  return { ...rrset, signatures: [signRRset(rrset, ZONE, key, VALIDITY)] };
}

function signedOctetsOf(rrset: RRset): Uint8Array {
  const rdata = rrset.signatures[0] ?? new Uint8Array();
  const signature = parseRRSIG(rdata);
  return signedOctets(rrset, rdata, rdata.length - (signature?.signature.length ?? 0), signature?.labels ?? 0);
}

const writer = new MessageWriter();
const queryOctets = octetsOfQuery();

function octetsOfQuery(): Uint8Array {
  writer.reset(1, HeaderFlag.RD, MAX_MESSAGE_OCTETS);
  writer.question({ name: OWNER, type: RRType.A, class: RRClass.IN });
  writer.edns(1232, 0, 0, 0x8000, []);
  return writer.finish();
}

function requestFor(): Request {
  const parsed = parseRequest(queryOctets);
  if (parsed.kind !== 'request') throw new Error('no request');
  return parsed.request;
}

function replyOctets(rrset: RRset): Uint8Array {
  writer.reset(1, HeaderFlag.QR | HeaderFlag.AA, MAX_MESSAGE_OCTETS);
  writer.question({ name: OWNER, type: RRType.A, class: RRClass.IN });
  writer.rrset('answer', rrset, rrset.ttl, true);
  writer.edns(1232, 0, 0, 0x8000, []);
  return writer.finish();
}

/** As many signed RRsets as a message holds. */
function largeReply(key: SigningKey): Uint8Array {
  writer.reset(1, HeaderFlag.QR | HeaderFlag.AA, MAX_MESSAGE_OCTETS);
  writer.question({ name: OWNER, type: RRType.ANY, class: RRClass.IN });
  for (let index = 0; ; index++) {
    const rrset = signedSet(key, nameOf(`n${index}.bench.example.`));
    if (!writer.rrset('answer', rrset, rrset.ttl, true)) return writer.finish();
  }
}

function filledCache(rrset: RRset): AnswerCache {
  const cache = new AnswerCache({ maxOctets: 64 << 20, maxEntryOctets: 65_536 });
  for (let index = 0; index < 10_000; index++) {
    const name = nameOf(`n${index}.bench.example.`);
    const entry: PositiveEntry = {
      kind: 'rrset',
      rrset: { ...rrset, name },
      proof: [],
      rank: Rank.AUTHORITATIVE,
      verdict: undefined,
      storedAt: 0,
      expiresAt: 300,
      server: '192.0.2.1#53',
    };
    cache.set(name, RRType.A, entry, 0);
  }
  return cache;
}
