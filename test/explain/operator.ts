// Somebody who does what `kedge explain` prints, and knows nothing else. Zones are on Knot DNS; the resolver is configured
// by recursor.yml. Each line is understood by its own syntax; lines for other programs are passed over.
import { parseConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';
import type { ExplainedRemedy } from '../../src/explain/explanation.ts';
import { RRType } from '../../src/wire/constants.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { parseZoneText } from '../../src/wire/zone-text.ts';
import { type World, wellSigned } from './world.ts';

/** What is to be filled in by whoever reads the line. */
const ADDRESS = '192.0.2.53';
const UNKNOWN_DS = 'KEYTAG ALGORITHM 2 DIGEST';

interface Step {
  readonly pattern: RegExp;
  /** Does what the line says; the groups of the pattern are names without the final dot, or what is to be read. */
  run(world: World, words: readonly string[]): void;
}

const steps: readonly Step[] = [
  {
    pattern: /^keymgr (\S+) generate algorithm=ECDSAP256SHA256 ksk=yes && knotc zone-sign \S+$/,
    run: (world, [zone]) => sign(world, absolute(zone)),
  },
  { pattern: /^remove every DNAME whose name begins with \*$/, run: (world) => removeWildcardDnames(world) },
  { pattern: /^knotc zone-sign (\S+)$/, run: (world, [zone]) => sign(world, absolute(zone)) },
  {
    pattern: /^knotc conf-set "zone\[(\S+)\]\.dnssec-signing" on$/,
    run: (world, [zone]) => sign(world, absolute(zone)),
  },
  { pattern: /^knotc zone-reload (\S+)$/, run: (world, [zone]) => serveWell(world, absolute(zone)) },
  { pattern: /^knotc zone-retransfer (\S+)$/, run: (world, [zone]) => serveWell(world, absolute(zone)) },
  {
    pattern: /^knotc zone-begin \S+ && knotc zone-unset \S+ (\S+) DS && knotc zone-commit \S+$/,
    run: (world, [zone = '']) => world.set(zone, { ...world.describe(zone), ds: 'absent' }),
  },
  {
    pattern: /^knotc conf-set "policy\[default\]\.(\S+)" (\S+)$/,
    run: (world, [setting = '', value = '']) => changePolicy(world, setting, value),
  },
  { pattern: /^(\S+ (?:DS|NS|A|CNAME) .+)$/, run: (world, [line = '']) => putIntoZone(world, line) },
  { pattern: /^((?:dnssec|recursor|kedge): \{.+\})$/, run: (world, [line = '']) => configure(world, line) },
  {
    pattern: /^kedge ctl add-nta (\S+) .+$/,
    run: ({ negatives }, [zone]) => negatives.add(absolute(zone)),
  },
  { pattern: /^kedge ctl clear-nta (\S+)$/, run: ({ negatives }, [zone]) => negatives.delete(absolute(zone)) },
  { pattern: /^kedge ctl clear-ta (\S+)$/, run: ({ anchors }, [zone]) => anchors.delete(absolute(zone)) },
  {
    pattern: /^kedge anchor import (\S+) @\S+$/,
    run: (world, [zone]) => world.anchors.set(absolute(zone), world.dsOf(absolute(zone))),
  },
  {
    pattern: /^timedatectl set-ntp true$/,
    run: (world) => {
      world.clockError = 0;
    },
  },
];

/** Does what the lines of a remedy say; how many of them it has understood. */
export function follow(world: World, { lines }: ExplainedRemedy): number {
  let understood = 0;
  for (const { line } of lines) {
    for (const { pattern, run } of steps) {
      const match = pattern.exec(line);
      if (match === null) continue;
      run(world, match.slice(1));
      understood++;
      break;
    }
  }
  return understood;
}

function absolute(zone = ''): string {
  return zone.endsWith('.') ? zone : `${zone}.`;
}

function sign(world: World, zone: string): void {
  world.set(zone, wellSigned({ ...world.describe(zone), isSigned: true }));
}

/** Another copy of the zone takes the place of the one that is served: what is done to replies is not in it. */
function serveWell(world: World, zone: string): void {
  const { server: _, ...description } = world.describe(zone);
  world.set(zone, description);
}

function removeWildcardDnames(world: World): void {
  for (const [zone, description] of world.tree) {
    const lines = description.records?.split('\n') ?? [];
    const kept = lines.filter((line) => !/^\*\S* DNAME /.test(line));
    if (kept.length < lines.length) world.set(zone, { ...description, records: kept.join('\n') });
  }
}

/** Of the zones that are signed by that policy: all that differ from it. */
function changePolicy(world: World, setting: string, value: string): void {
  for (const [zone, description] of world.tree) {
    const { denial, publishedAlgorithm, algorithms } = description;
    if (setting === 'algorithm' && value === 'ecdsap256sha256') {
      if (publishedAlgorithm !== undefined || algorithms !== undefined) sign(world, zone);
    } else if (setting === 'nsec3-iterations' && denial?.kind === 'nsec3') {
      world.set(zone, { ...description, denial: { ...denial, iterations: Number(value) } });
    } else if (setting === 'nsec3-opt-out' && denial?.kind === 'nsec3') {
      world.set(zone, { ...description, denial: { ...denial, optOut: value === 'on' } });
    }
  }
}

/** A line for the zone file that has the name: DS and NS that of the parent, CNAME that of the zone itself. */
function putIntoZone(world: World, line: string): void {
  const [owner = ''] = line.split(' ');
  if (line.includes(UNKNOWN_DS)) {
    // The commands beside it print the record.
    const lines = world.dsOf(owner).map((ds) => `${owner} DS ${ds}`);
    for (const text of lines) putIntoZone(world, text);
    return;
  }
  const target = 'www.good.lab.';
  const filled = line.replace('ADDRESS', ADDRESS).replace('TARGET', target);
  const { records, errors } = parseZoneText(`${filled}\n`, { defaultTtl: 3600 });
  if (errors.length > 0) throw new Error(`${line}: ${errors[0]?.message}`);
  for (const { name, type, rdata } of records) {
    const zone = nameText(name);
    if (type === RRType.DS) {
      const places = world.tree.has(zone) ? world.tree : world.home;
      const description = places.get(zone);
      if (description !== undefined) places.set(zone, { ...description, ds: { rdatas: [rdata] } });
    }
    if (type === RRType.NS) {
      // A new server, which has the zone as it should be.
      const { server: _server, nameServers: _names, addresses: _addresses, ...rest } = world.describe(zone);
      world.set(zone, rest);
    }
    if (type === RRType.CNAME) {
      const [label = '', ...labels] = zone.split('.');
      const apex = labels.join('.');
      const others = world.describe(apex).records?.split('\n') ?? [];
      const kept = others.filter((other) => !other.startsWith(`${label} `));
      world.set(apex, { ...world.describe(apex), records: `${kept.join('\n')}\n${label} CNAME ${target}\n` });
    }
  }
}

/** A line of recursor.yml. */
function configure(world: World, line: string): void {
  let filled = line.replace('ADDRESS:PORT', ADDRESS);
  if (line.includes(UNKNOWN_DS)) {
    // `kedge anchor import` prints the line with the digest.
    const [ds] = world.dsOf(absolute(/name: ([^,]+),/.exec(line)?.[1]));
    if (ds === undefined) return;
    filled = filled.replace(UNKNOWN_DS, ds);
  }
  const config = configOf(filled);
  for (const { name, dsRecords } of config.dnssec.trustanchors) {
    const zone = nameText(name);
    if (zone === '.') continue;
    const texts = dsRecords.map(({ keyTag, algorithm, digestType, digest }) =>
      [keyTag, algorithm, digestType, Buffer.from(digest).toString('hex')].join(' '),
    );
    world.anchors.set(zone, texts);
  }
  for (const { name } of config.dnssec.negative_trustanchors) world.negatives.add(nameText(name));
  for (const { zone } of config.recursor.forward_zones) serveWell(world, nameText(zone));
}

export function configOf(text: string): Config {
  const result = parseConfig(text, 'recursor.yml');
  if (!result.ok) throw new Error(`${text}: ${result.errors.map(({ message }) => message).join(', ')}`);
  return result.config;
}
