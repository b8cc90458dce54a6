// A small signed Internet made by chance: zones of every denial type and algorithm, with wildcards, empty non-terminals,
// aliases within and across zones, delegations, and names that text can only write with escapes.
import { buildHierarchy, type Hierarchy } from '../../src/lab/hierarchy.ts';
import type { SigningAlgorithm } from '../../src/lab/keys.ts';
import type { ZoneDescription } from '../../src/lab/zone-description.ts';
import { DomainName } from '../../src/wire/name.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';

export interface World {
  readonly hierarchy: Hierarchy;
  readonly apexes: readonly DomainName[];
  /** Owners of records: what questions are made from. */
  readonly owners: readonly DomainName[];
}

const encoder = new TextEncoder();

/** Labels of all kinds: common ones often, so that names meet. */
const commonLabels = ['a', 'b', 'c', 'www', 'mail', 'x-1', '_tcp', '0'].map((text) => encoder.encode(text));
const oddLabels: readonly Uint8Array[] = [
  Uint8Array.of(0x00),
  Uint8Array.of(0xff, 0x80),
  encoder.encode('a.b'),
  encoder.encode(' '),
  encoder.encode('"\\;'),
  encoder.encode('*a'),
  Uint8Array.of(0x2a, 0x2e),
  encoder.encode('constructor'),
  encoder.encode('__proto__'),
  new Uint8Array(63).fill(0x7a),
  new Uint8Array(60).fill(0x79),
];
const asterisk = encoder.encode('*');

export function pick<T>(random: SeededRandom, choices: readonly T[]): T {
  const chosen = choices[random.below(choices.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

export function randomLabel(random: SeededRandom): Uint8Array {
  return random.chance(0.75) ? pick(random, commonLabels) : pick(random, oddLabels);
}

/** `labels` more labels in front of a name; fewer where it would become too long. */
export function nameBelow(random: SeededRandom, name: DomainName, labels: number): DomainName {
  let below = name;
  for (let count = 0; count < labels; count++) below = below.prepend(randomLabel(random)) ?? below;
  return below;
}

/** Secure zones often, so that there is something to prove. Signatures hold around `nowSeconds`. */
export function randomWorld(random: SeededRandom, nowSeconds = DEFAULT_WALL_SECONDS): World {
  const apexes = randomApexes(random);
  const owners = new Map<string, DomainName[]>();
  for (const apex of apexes) owners.set(apex.key, randomOwners(random, apex, apexes));
  const everything = [...owners.values()].flat();
  const descriptions = apexes.map((apex) => ({
    ...randomSigning(random),
    name: nameText(apex),
    records: randomRecords(random, apex, owners.get(apex.key) ?? [], apexes, everything),
    // Some servers hold parent and child: no referral between them.
    ...(random.chance(0.2) && !apex.isRoot ? { addresses: ['198.18.9.9'] } : {}),
  }));
  const hierarchy = buildHierarchy({ zones: descriptions, nowSeconds });
  return { hierarchy, apexes, owners: everything };
}

function randomApexes(random: SeededRandom): DomainName[] {
  const apexes = [DomainName.root, nameOf('alpha.'), nameOf('beta.')];
  for (let count = 0; count < 5; count++) {
    const parent = pick(random, apexes);
    const apex = nameBelow(random, parent.isRoot ? nameOf('alpha.') : parent, 1 + random.below(2));
    if (!apexes.some((other) => other.equals(apex)) && apex.octets.length < 200) apexes.push(apex);
  }
  return apexes;
}

function randomSigning(random: SeededRandom): Omit<ZoneDescription, 'name'> {
  if (random.chance(0.15)) return { isSigned: false };
  const salt = random.chance(0.5) ? Uint8Array.of(random.below(256), 0, 0xff) : new Uint8Array(0);
  const nsec3 = { kind: 'nsec3', salt, iterations: random.below(3) } as const;
  const denial = pick(random, [
    { kind: 'nsec' },
    { kind: 'nsec' },
    nsec3,
    nsec3,
    { ...nsec3, optOut: true },
    { ...nsec3, isNarrow: true },
    { kind: 'compact' },
  ] as const);
  const algorithms = pick<readonly SigningAlgorithm[]>(random, [[13], [13], [13], [8], [15], [14], [13, 15], [8, 13]]);
  return {
    denial,
    algorithms,
    keyRoles: pick(random, ['combined', 'separate'] as const),
    ds: random.chance(0.1) ? 'absent' : random.chance(0.3) ? { digestTypes: [2, 4] } : 'matching',
  };
}

/** Owners in the zone, none of them at or below a zone that is delegated from it. */
function randomOwners(random: SeededRandom, apex: DomainName, apexes: readonly DomainName[]): DomainName[] {
  const children = apexes.filter((other) => other.isBelow(apex));
  const owners = new Map<string, DomainName>();
  const add = (name: DomainName) => {
    if (!name.isBelow(apex) || name.octets.length > 250) return;
    if (children.some((child) => name.isSubdomainOf(child))) return;
    if (name.key.includes('\x03ns1')) return;
    owners.set(name.key, name);
  };
  const wanted = apex.isRoot ? 3 : 4 + random.below(14);
  for (let count = 0; count < wanted; count++) {
    const base = owners.size > 0 && random.chance(0.4) ? pick(random, [...owners.values()]) : apex;
    add(nameBelow(random, base, 1 + random.below(3)));
    if (random.chance(0.2)) add(base.prepend(asterisk) ?? base);
  }
  // A name of 255 octets, or nearly.
  if (random.chance(0.2)) {
    let long = apex;
    while (long.octets.length < 185) long = long.prepend(new Uint8Array(63).fill(0x6c)) ?? long;
    const rest = 254 - long.octets.length;
    if (rest > 0 && rest <= 63) {
      const longest = long.prepend(new Uint8Array(rest).fill(0x6d));
      if (longest !== undefined && !children.some((child) => longest.isSubdomainOf(child))) {
        owners.set(longest.key, longest);
      }
    }
  }
  return [...owners.values()];
}

function randomRecords(
  random: SeededRandom,
  apex: DomainName,
  owners: readonly DomainName[],
  apexes: readonly DomainName[],
  everything: readonly DomainName[],
): string {
  const redirected: DomainName[] = [];
  const lines: string[] = [];
  for (const owner of owners) {
    if (redirected.some((above) => owner.isBelow(above))) continue;
    const text = nameText(owner);
    const hasBelow = [...owners, ...apexes].some((other) => other.isBelow(owner));
    const isAlias = random.chance(0.12);
    const isRedirected = !isAlias && random.chance(0.12) && !hasBelow && !owner.isWildcard;
    if (isAlias) {
      lines.push(`${text} CNAME ${nameText(target(random, everything))}`);
    } else if (isRedirected) {
      redirected.push(owner);
      lines.push(`${text} DNAME ${nameText(target(random, everything))}`);
      if (random.chance(0.3)) lines.push(`${text} A 192.0.2.9`);
    } else {
      lines.push(...randomData(random, text));
    }
  }
  if (random.chance(0.3)) lines.push(`${nameText(apex)} MX 10 mail.alpha.`, `${nameText(apex)} TXT "apex"`);
  return `${lines.join('\n')}\n`;
}

/** Somewhere in this world, or beside it. */
function target(random: SeededRandom, everything: readonly DomainName[]): DomainName {
  const name = pick(random, everything);
  if (random.chance(0.3)) return nameBelow(random, name, 1);
  return random.chance(0.2) && !name.isRoot ? name.parent() : name;
}

function randomData(random: SeededRandom, owner: string): string[] {
  const kinds = [
    () => [`${owner} A 192.0.2.${random.below(256)}`, `${owner} A 192.0.2.${random.below(256)}`],
    () => [`${owner} AAAA 2001:db8::${random.below(9999)}`],
    () => [`${owner} TXT "${'t'.repeat(1 + random.below(200))}" "two"`],
    () => [`${owner} MX ${random.below(99)} mail.alpha.`],
    () => [`${owner} SRV 1 2 3 www.beta.`],
    () => [`${owner} TYPE65280 \\# 4 0A0B0C0D`],
    () => [`${owner} CAA 0 issue "ca.example"`],
    () => [`${owner} HTTPS 1 svc.alpha. alpn=h2`],
  ];
  const lines = pick(random, kinds)();
  return random.chance(0.5) ? [...lines, ...pick(random, kinds)()] : lines;
}
