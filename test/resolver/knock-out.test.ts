// Knock-out: from the replies of a sound zone one RRset at a time is removed or spoiled. On all servers the result must
// be a failure, or still the truth; on one of two servers it must be the truth (SECURITY ).
import { describe, expect, test } from 'vitest';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import type { ReplyContent } from '../../src/lab/reply-content.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { typeText } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

const records = `
www      A     192.0.2.1
alias    CNAME www
*.wild   A     192.0.2.2
a.b.ent  A     192.0.2.3
old      DNAME new
host.new A     192.0.2.4
`;
const kinds: readonly { name: string; denial?: NonNullable<ZoneDescription['denial']> }[] = [
  { name: 'nsec' },
  { name: 'nsec3', denial: { kind: 'nsec3', iterations: 1, salt: Uint8Array.of(0xab) } },
  { name: 'opt-out', denial: { kind: 'nsec3', optOut: true } },
  { name: 'narrow', denial: { kind: 'nsec3', isNarrow: true } },
  { name: 'compact', denial: { kind: 'compact' } },
];
const hierarchy = buildHierarchy({
  zones: kinds.flatMap(({ name, denial }, index) => [
    {
      name: `${name}.`,
      records,
      addresses: [`198.18.4.${2 * index + 1}`, `198.18.4.${2 * index + 2}`],
      ...(denial === undefined ? {} : { denial }),
    },
    { name: `plain.${name}.`, records: 'www A 192.0.2.5', isSigned: false },
    { name: `signed.${name}.`, records: 'www A 192.0.2.6' },
  ]),
  nowSeconds: DEFAULT_WALL_SECONDS,
});

const questions = [
  { name: 'an answer', ask: 'www. A' },
  { name: 'an alias', ask: 'alias. A' },
  { name: 'a wildcard answer', ask: 'any.wild. A' },
  { name: 'a wildcard without the type', ask: 'any.wild. MX' },
  { name: 'NODATA', ask: 'www. MX' },
  { name: 'NXDOMAIN', ask: 'nope. A' },
  { name: 'an empty non-terminal', ask: 'b.ent. A' },
  { name: 'a DNAME', ask: 'host.old. A' },
  { name: 'the denial of a DS', ask: 'plain. DS' },
  { name: 'an unsigned delegation', ask: 'www.plain. A' },
  { name: 'a signed delegation', ask: 'www.signed. A' },
] as const;

interface Fault {
  readonly name: string;
  /** Tried on one server of two as well. */
  readonly alsoAlone: boolean;
  spoil(set: RRset): readonly RRset[];
}

const faults: readonly Fault[] = [
  { name: 'removed', alsoAlone: true, spoil: () => [] },
  {
    name: 'without signature',
    alsoAlone: false,
    spoil: (set) => (set.signatures.length > 0 ? [{ ...set, signatures: [] }] : [set]),
  },
  {
    name: 'with a bad signature',
    alsoAlone: true,
    spoil: (set) => [{ ...set, signatures: set.signatures.map(spoilLastOctet) }],
  },
  { name: 'changed', alsoAlone: false, spoil: (set) => [{ ...set, rdatas: set.rdatas.map(spoilLastOctet) }] },
];

function spoilLastOctet(rdata: Uint8Array): Uint8Array {
  const octets = rdata.slice();
  octets[octets.length - 1] = (octets.at(-1) ?? 0) ^ 0x01;
  return octets;
}

const sections = ['answer', 'authority'] as const;

function labelOf(set: RRset): string {
  return `${nameText(set.name.toLowerCase())} ${typeText(set.type)}`;
}

/** The truth, and the RRsets that the zone's servers tell it with. */
function observe(zone: string, ask: string) {
  const simulation = new SimulatedResolver({ hierarchy });
  const seen = new Set<string>();
  simulation.rewrite(zone, (content) => {
    for (const section of sections) for (const set of content[section]) seen.add(`${section}: ${labelOf(set)}`);
    return content;
  });
  const { status, lines } = simulation.ask(ask);
  return { truth: [status, ...lines].join('; '), seen: [...seen] };
}

function knockedOut(content: ReplyContent, target: string, spoil: (set: RRset) => readonly RRset[]): ReplyContent {
  const change = (section: (typeof sections)[number]) =>
    content[section].flatMap((set) => (`${section}: ${labelOf(set)}` === target ? spoil(set) : [set]));
  return { ...content, answer: change('answer'), authority: change('authority') };
}

for (const kind of kinds) {
  const zone = `${kind.name}.`;
  describe(`${kind.name}: replies with one RRset removed or spoiled`, () => {
    for (const { name, ask: relative } of questions) {
      const [owner = '', type = ''] = relative.split(' ');
      const ask = `${owner}${zone} ${type}`;
      test(name, () => {
        const { truth, seen } = observe(zone, ask);
        expect(truth).toMatch(/^(NOERROR|NXDOMAIN) (secure AD|insecure)/);
        expect(seen.length).toBeGreaterThan(1);
        const wrong: string[] = [];
        const isSecure = truth.includes(' secure AD');
        const check = (what: string, simulation: SimulatedResolver, mayFail: boolean) => {
          const { status, lines } = simulation.ask(ask);
          const result = [status, ...lines].join('; ');
          const isFailure = status.startsWith('SERVFAIL') && lines.length === 0;
          // Where nothing is secure anybody may say anything, except that it were secure.
          const mayDiffer = !isSecure && / insecure:/.test(status);
          if (result !== truth && !mayDiffer && !(mayFail && isFailure)) wrong.push(`${what}: ${result}`);
        };
        for (const target of seen) {
          for (const { name: fault, spoil, alsoAlone } of faults) {
            const all = new SimulatedResolver({ hierarchy });
            all.rewrite(zone, (content) => knockedOut(content, target, spoil));
            check(`${target} ${fault} on all servers`, all, true);
            if (!alsoAlone) continue;
            const one = new SimulatedResolver({ hierarchy });
            one.rewrite(zone, (content) => knockedOut(content, target, spoil), one.addressesOf(zone)[0]);
            check(`${target} ${fault} on one server`, one, false);
          }
        }
        expect(wrong).toEqual([]);
      });
    }
  });
}
