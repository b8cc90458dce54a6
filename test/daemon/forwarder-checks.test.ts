import { describe, expect, test } from 'vitest';
import { dsText, parseDSText } from '../../src/config/ds-text.ts';
import { checkForwarders } from '../../src/daemon/forwarder-checks.ts';
import { dsOfKey, inspectKeySet } from '../../src/dnssec/key-set.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { serverAddress } from '../../src/iterator/server-address.ts';
import { KSK_FLAGS, publishAs, type SigningKey, sharedKey, ZSK_FLAGS } from '../../src/lab/keys.ts';
import { signZone } from '../../src/lab/signer.ts';
import { Zone } from '../../src/lab/zone.ts';
import type { Outcome } from '../../src/ports/exchange.ts';
import type { ForwardZone } from '../../src/resolver/options.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { failed, keptLog } from './support/daemons.ts';
import { LabExchange, type LabServerAnswer } from './support/lab-exchange.ts';

const NOW = 1_800_000_000;
const apex = nameOf('home.arpa.');
const plain = Zone.fromText(
  '@ 300 IN SOA ns hostmaster 1 7200 3600 1209600 300\n@ 300 IN NS ns\nns 300 IN A 192.0.2.1\n',
  apex,
);
const ksk = sharedKey({ algorithm: 13 });
const zsk = sharedKey({ algorithm: 13, flags: ZSK_FLAGS });
const other = sharedKey({ algorithm: 13 }, 1);
const validity = { inceptionSeconds: NOW - 3600, expirationSeconds: NOW + 86_400 };

function signed(keys: readonly SigningKey[] = [ksk, zsk], span = validity): Zone {
  return signZone(plain, { keys, denial: { kind: 'nsec' }, ...span }).zone;
}

function dsOf(key: SigningKey): string {
  const rrset = { name: apex, type: RRType.DNSKEY, class: 1, ttl: 1, rdatas: [key.dnskey], signatures: [] };
  const [found] = inspectKeySet(rrset, NOW).keys;
  const ds = found && dsOfKey(apex, found, 2);
  if (ds === undefined) throw new Error('no DS');
  return dsText(ds);
}

function anchorsOf(...lines: readonly string[]): TrustAnchors {
  const anchors = new TrustAnchors();
  const root = parseDSText('20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D');
  if (root.ok) anchors.addDS(nameOf('.'), root.value);
  for (const line of lines) {
    const ds = parseDSText(line);
    if (ds.ok) anchors.addDS(apex, ds.value);
  }
  return anchors;
}

const rootLink = { kind: 'anchor', zone: nameOf('.'), keyTags: [20326] } as const;
const denied: Resolution = {
  ...failed,
  rcode: 3,
  verdict: { status: 'secure', chain: { link: rootLink, previous: undefined } },
};
const noDS: Resolution = { ...denied, rcode: 0 };

interface Given {
  readonly servers: readonly (LabServerAnswer | Outcome)[];
  readonly anchors?: TrustAnchors;
  readonly zone?: Partial<ForwardZone>;
  readonly validates?: boolean;
  readonly isOnline?: boolean;
  readonly ds?: Resolution;
}

async function linesOf(given: Given): Promise<{ lines: readonly string[]; asked: readonly string[] }> {
  const exchange = new LabExchange();
  const servers = given.servers.map((server, index) => {
    const address = serverAddress(Uint8Array.of(192, 0, 2, index + 1), 5300);
    exchange.add(address.key, server);
    return address;
  });
  const { log, lines } = keptLog();
  const zone: ForwardZone = { zone: apex, servers, recurse: false, first: false, ...given.zone };
  const clock = { wallSeconds: () => NOW, monotonicMs: () => 0, cacheSeconds: () => 0 };
  await checkForwarders(
    {
      zones: [zone],
      anchors: given.anchors ?? anchorsOf(dsOf(ksk)),
      validates: given.validates ?? true,
      isOnline: given.isOnline ?? true,
    },
    {
      exchange,
      resolver: { resolve: (_request, done) => done(given.ds ?? noDS) },
      random: new SeededRandom(1),
      clock,
      log,
    },
  );
  return { lines, asked: exchange.asked };
}

const good: LabServerAnswer = { zones: [signed()] };
const strips: LabServerAnswer = {
  zones: [signed()],
  rewrite: (content) => ({
    ...content,
    answer: content.answer.map((rrset) => ({ ...rrset, signatures: [] })),
  }),
};

const rows: { name: string; given: Given; want: readonly RegExp[] }[] = [
  { name: 'all is well: nothing is said', given: { servers: [good] }, want: [] },
  {
    name: 'a second key signs, the first one is the anchor',
    given: { servers: [{ zones: [signed([ksk, other, zsk])] }] },
    want: [],
  },
  {
    name: 'a dead forwarder',
    given: { servers: [{ kind: 'timeout' }, good] },
    want: [/^warn +a forwarder does not answer server=192\.0\.2\.1:5300 zone=home\.arpa\. why="no reply in time"/],
  },
  {
    name: 'nothing listens',
    given: { servers: [{ kind: 'connection-refused' }] },
    want: [/why="nothing listens there" remedy=/],
  },
  {
    name: 'a server without the zone',
    given: { servers: [{ zones: [] }] },
    want: [/a forwarder answers, but not for its zone .*why=rcode=REFUSED|a forwarder answers, but not for its zone/],
  },
  {
    name: 'signatures are dropped',
    given: { servers: [strips] },
    want: [/^warn +a forwarder drops signatures .*remedy="ask the server behind it, or add addNTA\(\\"home\.arpa\\"/],
  },
  {
    name: 'EDNS is ignored',
    given: { servers: [{ zones: [signed()], edns: 'ignored' }] },
    want: [/a forwarder does not speak EDNS/],
  },
  {
    name: 'EDNS is refused',
    given: { servers: [{ zones: [signed()], edns: 'formerr' }] },
    want: [/a forwarder does not speak EDNS/],
  },
  {
    name: 'a retired anchor: the keys in use, and the line that trusts them',
    given: { servers: [good], anchors: anchorsOf(dsOf(other)) },
    want: [
      new RegExp(
        `a trust anchor names no key that its zone has.*anchorTags=${other.keyTag} servedTags=.*lua="addTA\\(\\\\"home\\.arpa\\\\", \\\\"${dsOf(ksk)}`,
      ),
    ],
  },
  {
    name: 'the tag fits, the digest does not',
    given: { servers: [good], anchors: anchorsOf(`${dsOf(ksk).slice(0, -4)}0000`) },
    want: [/has the key tag of a key of its zone, but not its digest/],
  },
  {
    name: 'the signatures have expired',
    given: {
      servers: [{ zones: [signed([ksk, zsk], { inceptionSeconds: NOW - 7200, expirationSeconds: NOW - 3600 })] }],
    },
    want: [/does not sign its zone.*why="its signature has expired" remedy="the zone has no entry point key/],
  },
  {
    name: 'the anchored key is published, but does not sign',
    given: {
      servers: [
        {
          zones: [
            signZone(plain, {
              keys: [other, zsk],
              publishedKeys: [ksk, other, zsk],
              denial: { kind: 'nsec' },
              ...validity,
            }).zone,
          ],
        },
      ],
    },
    want: [new RegExp(`does not sign its zone.*keys="${other.keyTag} ECDSAP256SHA256"`)],
  },
  {
    name: 'an anchor for a zone that is not signed',
    given: { servers: [{ zones: [plain] }] },
    want: [/has a trust anchor and is not signed/],
  },
  {
    name: 'denied in public, signed, without anchor: the anchor is advised',
    given: { servers: [good], anchors: anchorsOf(), ds: denied },
    want: [/^warn +a forward zone will be bogus: .*does not exist.*lua="addTA.*yaml="dnssec: \{trustanchors:/],
  },
  {
    name: 'denied in public, unsigned: the negative anchor is advised',
    given: { servers: [{ zones: [plain] }], anchors: anchorsOf(), ds: denied },
    want: [/^warn +a forward zone will be bogus: .*lua="addNTA.*yaml="dnssec: \{negative_trustanchors:/],
  },
  {
    name: 'signed under an insecure delegation without anchor: advice, no warning',
    given: { servers: [good], anchors: anchorsOf(), ds: noDS },
    want: [/^info +a forward zone is signed but has no trust anchor/],
  },
  {
    name: 'unsigned under an insecure delegation: nothing is said',
    given: { servers: [{ zones: [plain] }], anchors: anchorsOf(), ds: noDS },
    want: [],
  },
  {
    name: 'a revoked key is no advice',
    given: {
      servers: [{ zones: [signed([publishAs(ksk, { flags: KSK_FLAGS | 0x80 }), zsk])] }],
      anchors: anchorsOf(),
    },
    want: [],
  },
  {
    name: 'offline nothing is said of the public tree',
    given: { servers: [good], anchors: anchorsOf(), isOnline: false, ds: denied },
    want: [],
  },
  {
    name: 'without validation only dead servers count',
    given: { servers: [strips, { kind: 'timeout' }], anchors: anchorsOf(dsOf(other)), validates: false },
    want: [/a forwarder does not answer server=192\.0\.2\.2:5300/],
  },
];

describe('checks of forwarders', () => {
  test.each(rows)('$name', async ({ given, want }) => {
    const { lines } = await linesOf(given);
    expect(lines).toHaveLength(want.length);
    for (const [index, pattern] of want.entries()) expect(lines[index]).toMatch(pattern);
  });

  test('a negative anchor silences advice on anchors', async () => {
    const anchors = anchorsOf(dsOf(other));
    anchors.addNegative(apex, 'why');
    expect((await linesOf({ servers: [good], anchors })).lines).toEqual([]);
  });

  test('a forwarder for everything that has no keys of the root drops signatures', async () => {
    const zone = Zone.fromText('@ 300 IN SOA ns. hostmaster. 1 7200 3600 1209600 300\n@ 300 IN NS ns.\n', nameOf('.'));
    const { lines } = await linesOf({ servers: [{ zones: [zone] }], zone: { zone: nameOf('.'), recurse: true } });
    expect(lines).toEqual([expect.stringMatching(/drops signatures .*zone=\. .*choose another forwarder/)]);
  });

  test('a reply that does not fit is asked for over TCP, a dead server twice', async () => {
    const big = sharedKey({ algorithm: 8, rsaBits: 2048 });
    const zone = signed([big, sharedKey({ algorithm: 8, rsaBits: 2048 }, 1), zsk, ksk]);
    const { asked, lines } = await linesOf({
      servers: [{ zones: [zone], maxUdpOctets: 512 }, { kind: 'timeout' }],
    });
    expect(asked).toEqual(['192.0.2.1#5300 udp', '192.0.2.1#5300 tcp', '192.0.2.2#5300 udp', '192.0.2.2#5300 udp']);
    expect(lines).toHaveLength(1);
  });

  test('many zones: twenty are looked at, a dead server is waited for once', async () => {
    const exchange = new LabExchange();
    const { log, lines } = keptLog();
    const servers = [serverAddress(Uint8Array.of(192, 0, 2, 9), 53)];
    const zones = Array.from({ length: 30 }, (_, index) => ({
      zone: nameOf(`z${index}.test.`),
      servers,
      recurse: false,
      first: false,
    }));
    await checkForwarders(
      { zones, anchors: new TrustAnchors(), validates: true, isOnline: false },
      {
        exchange,
        resolver: { resolve: (_request, done) => done(failed) },
        random: new SeededRandom(1),
        clock: { wallSeconds: () => NOW, monotonicMs: () => 0, cacheSeconds: () => 0 },
        log,
      },
    );
    expect(exchange.asked).toHaveLength(2);
    expect(lines).toEqual([
      expect.stringContaining('a forwarder does not answer'),
      expect.stringContaining('only some forward zones were checked checked=20 zones=30'),
    ]);
  });
});
