// The private Internet of the fuzz run: sound zones, and zones whose servers lie. All servers are on loopback.
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { parseType, RRClass } from '../../src/wire/constants.ts';
import type { Question } from '../../src/wire/message.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

/** The zone that is never lied about. */
export const SOUND_ZONE = 'sound.lab.';
export const SOUND_ADDRESS = '192.0.2.80';
/** The server of the root, `lab.` and the sound zone. */
export const SOUND_SERVER = '127.0.0.1';

const records = `
www        300 A     192.0.2.80
www        300 AAAA  2001:db8::80
www        300 TXT   "one" "two"
@          300 MX    10 mail
mail       300 A     192.0.2.81
alias      300 CNAME www
far        300 CNAME www.sound.lab.
loop       300 CNAME pool
pool       300 CNAME loop
*.wild     300 A     192.0.2.80
*.wild     300 TXT   "any"
*.lead     300 CNAME www
a.b.ent    300 A     192.0.2.82
old        300 DNAME new
host.new   300 A     192.0.2.83
cut        300 NS    ns.cut
ns.cut     300 A     192.0.2.84
svc        300 SVCB  1 www alpn=h2
srv        300 SRV   1 2 853 www
caa        300 CAA   0 issue "ca.example.net"
`;

type ZoneShape = Pick<ZoneDescription, 'algorithms' | 'denial' | 'isSigned' | 'keyRoles'>;

/** One of each kind of zone that a validator has code for. */
const shapes: readonly ZoneShape[] = [
  { denial: { kind: 'nsec' } },
  { denial: { kind: 'nsec3' } },
  { denial: { kind: 'nsec3', iterations: 5, salt: Uint8Array.of(0xab, 0xcd) }, algorithms: [8] },
  { denial: { kind: 'nsec3', optOut: true } },
  { denial: { kind: 'compact' }, algorithms: [15] },
  { denial: { kind: 'nsec' }, algorithms: [13, 8], keyRoles: 'separate' },
  { isSigned: false },
  { denial: { kind: 'nsec3', isNarrow: true } },
];

/** Zones of liars: `h0.lab.` and so on. */
export function hostileZones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `h${index}.lab.`);
}

export function hostileAddress(index: number): string {
  return `127.1.${index >> 8}.${(index & 0xff) + 1}`;
}

/** The root, `lab.`, the sound zone and `hostile` others, each with servers of its own. */
export function buildFuzzInternet(hostile: number, nowSeconds: number): Hierarchy {
  const zones: ZoneDescription[] = [
    { name: '.', addresses: [SOUND_SERVER] },
    { name: 'lab.', addresses: [SOUND_SERVER] },
    { name: SOUND_ZONE, addresses: [SOUND_SERVER], records },
    ...hostileZones(hostile).map((name, index) => ({
      ...shapes[index % shapes.length],
      name,
      records,
      addresses: [hostileAddress(index)],
    })),
  ];
  return buildHierarchy({ zones, nowSeconds });
}

const owners = [
  'www',
  'mail',
  'alias',
  'far',
  'loop',
  'a.b.ent',
  'b.ent',
  'host.old',
  'old',
  'nowhere',
  'x.nowhere',
  'under.cut',
  'svc',
  'srv',
  'caa',
];
const types = ['A', 'AAAA', 'TXT', 'MX', 'NS', 'SOA', 'DS', 'DNSKEY', 'CNAME', 'SVCB', 'SRV', 'CAA', 'NSEC', 'HTTPS'];

/** A question below a zone: half of them for names that nobody has asked for before. */
export function fuzzQuestion(zone: string, serial: number, random: SeededRandom): Question {
  const fresh = [`q${serial}.wild`, `q${serial}.lead`, `q${serial}.nowhere`, `q${serial}.old`, `q${serial}`];
  const labels = random.below(2) === 0 ? fresh : owners;
  const owner = random.below(20) === 0 ? '' : `${labels[random.below(labels.length)] ?? 'www'}.`;
  const type = random.below(2) === 0 ? 'A' : (types[random.below(types.length)] ?? 'A');
  return { name: nameOf(`${owner}${zone}`), type: parseType(type) ?? 1, class: RRClass.IN };
}
