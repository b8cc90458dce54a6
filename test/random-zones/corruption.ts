// One change to the replies of a world's servers, as an attacker or a broken signer would make it.
import type { ReplyContent } from '../../src/lab/reply-content.ts';
import { Rcode, RRType, rcodeText, typeText } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import type { RRset } from '../../src/wire/record.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { authority } from '../support/server-behaviours.ts';
import type { SimulatedResolver } from '../support/simulated-resolver.ts';
import { pick } from './world.ts';

interface Corruption {
  readonly text: string;
  /** The changed content; undefined when there is nothing of the kind in it. */
  apply(content: ReplyContent, random: SeededRandom): ReplyContent | undefined;
}

function onSet(text: string, change: (set: RRset, random: SeededRandom) => RRset | undefined): Corruption {
  return {
    text,
    apply(content, random) {
      const places = (['answer', 'authority'] as const).flatMap((section) =>
        content[section].map((_, index) => ({ section, index })),
      );
      if (places.length === 0) return undefined;
      const { section, index } = pick(random, places);
      const set = content[section][index];
      const changed = set && change(set, random);
      if (set === undefined || changed === set) return undefined;
      const sets = content[section].flatMap((old, at) =>
        at !== index ? [old] : changed === undefined ? [] : [changed],
      );
      return { ...content, [section]: sets };
    },
  };
}

function flipped(octets: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = octets.slice();
  const index = random.below(copy.length);
  copy[index] = (copy[index] ?? 0) ^ (1 << random.below(8));
  return copy;
}

const corruptions: readonly Corruption[] = [
  onSet('a bit of the data', (set, random) => {
    const [first, ...rest] = set.rdatas;
    return first === undefined || first.length === 0 ? set : { ...set, rdatas: [flipped(first, random), ...rest] };
  }),
  onSet('a bit of every signature', (set, random) =>
    set.signatures.length === 0 ? set : { ...set, signatures: set.signatures.map((rdata) => flipped(rdata, random)) },
  ),
  onSet('signatures dropped', (set) => (set.signatures.length === 0 ? set : { ...set, signatures: [] })),
  onSet('a set dropped', () => undefined),
  onSet('a record dropped', (set) => (set.rdatas.length < 2 ? set : { ...set, rdatas: set.rdatas.slice(1) })),
  onSet('a record added', (set) => {
    const [first] = set.rdatas;
    if (first === undefined || set.type === RRType.SOA || set.type === RRType.CNAME) return set;
    const added = first.slice();
    added[added.length - 1] = (added.at(-1) ?? 0) ^ 0x55;
    return { ...set, rdatas: [...set.rdatas, added] };
  }),
  onSet('the owner moved up', (set) => (set.name.isRoot ? set : { ...set, name: set.name.parent() })),
  onSet('the owner made a wildcard', (set) => {
    const wildcard = set.name.isRoot ? undefined : set.name.parent().wildcardChild();
    return wildcard === undefined ? set : { ...set, name: wildcard };
  }),
  onSet('the type changed', (set) => ({ ...set, type: set.type === RRType.A ? RRType.TXT : RRType.A })),
  {
    text: 'the answer emptied',
    apply: (content) => (content.answer.length === 0 ? undefined : { ...content, answer: [] }),
  },
  {
    text: 'the authority section emptied',
    apply: (content) => (content.authority.length === 0 ? undefined : { ...content, authority: [] }),
  },
  {
    text: 'NXDOMAIN',
    apply: (content) => (content.rcode === Rcode.NXDOMAIN ? undefined : { ...content, rcode: Rcode.NXDOMAIN }),
  },
  {
    text: 'NOERROR',
    apply: (content) => (content.rcode === Rcode.NOERROR ? undefined : { ...content, rcode: Rcode.NOERROR }),
  },
  {
    text: 'AA taken away',
    apply: (content) => (content.isAuthoritative ? { ...content, isAuthoritative: false } : undefined),
  },
  {
    text: 'every signature dropped',
    apply: (content) => ({ ...content, answer: content.answer.map(bare), authority: content.authority.map(bare) }),
  },
  {
    text: 'the sections exchanged',
    apply: (content) => ({ ...content, answer: content.authority, authority: content.answer }),
  },
];

function bare(set: RRset): RRset {
  return { ...set, signatures: [] };
}

/**
 * Lets every server change its replies in one way from some reply on: only once, or always. Returns what was done, in
 * words. An earlier reply takes the place of a later one now and then: a replay.
 */
export function corruptingServers(simulation: SimulatedResolver, random: SeededRandom): () => string {
  const corruption = pick(random, corruptions);
  const from = random.below(12);
  const isLasting = random.chance(0.5);
  const isReplay = random.chance(0.1);
  let replies = 0;
  let last: ReplyContent | undefined;
  const done: string[] = [];
  for (const address of simulation.hierarchy.servers.keys()) {
    const rewrite = (content: ReplyContent, question: { name: Parameters<typeof nameText>[0]; type: number }) => {
      const number = replies++;
      const earlier = last;
      last = content;
      if (isLasting ? number < from : number !== from) return content;
      const changed = isReplay ? earlier : corruption.apply(content, random);
      if (changed === undefined) return content;
      const what = isReplay ? 'an earlier reply' : corruption.text;
      done.push(`${what} for ${nameText(question.name)} ${typeText(question.type)} ${rcodeText(content.rcode)}`);
      return changed;
    };
    simulation.network.addServer(address, authority(simulation.zonesAt(address), { rewrite }));
  }
  return () => (done.length === 0 ? 'nothing' : done.join(', '));
}
