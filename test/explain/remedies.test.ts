// What `kedge explain` prints as the remedy is done to the letter, and mends the zone: for every cause that somebody can
// mend who runs the zone, its parent, or this resolver.
import { describe, expect, test } from 'vitest';
import { fillPlaces, GENERAL_PLACES } from '../../src/explain/cause-row.ts';
import { type CauseCode, causeCodes, causeRow, isCauseCode } from '../../src/explain/causes.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { type ExampleZone, placedBelow, row, span } from '../../src/lab/example-row.ts';
import { bogusRows, insecureRows, soundRows } from '../../src/lab/example-zones.ts';
import { failingRows } from '../../src/lab/failing-zones.ts';
import { KSK_FLAGS, makeKey } from '../../src/lab/keys.ts';
import { privateZones, SPLIT_LABEL } from '../../src/lab/private-zones.ts';
import { rareRows } from '../../src/lab/rare-zones.ts';
import { subtleRows } from '../../src/lab/subtle-zones.ts';
import { RRType } from '../../src/wire/constants.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';
import { configOf, follow } from './operator.ts';
import { World } from './world.ts';

/** Causes that no printed line can mend, and why. */
const withoutLine: ReadonlyMap<CauseCode, string> = new Map<CauseCode, string>([
  ['rrsig-malformed', 'no reply brings it about: one with such a record cannot be read as a whole'],
  ['chain-too-long', 'the name has to be another one'],
  ['dnskey-unreachable', 'a server has to be started, or a network mended'],
  ['ds-unreachable', 'a server has to be started, or a network mended'],
  ['servers-silent', 'a server has to be started, or a network mended'],
  ['servers-unreachable', 'a server has to be started, or a network mended'],
  ['reply-unusable', 'what changes the replies has to be found'],
  ['deadline', 'a network has to be mended'],
  ['forwarder-tls', 'a certificate has to be renewed, or a port opened'],
  ['too-many-referrals', 'zones have to be moved'],
  ['packet-limit', 'whatever costs so many packets has to be found'],
  ['overload', 'whoever asks so much has to be found'],
  ['not-cached', 'the client has to ask otherwise'],
  ['internal-error', 'the program has to be mended'],
  ['opt-out', 'nothing is wrong'],
  ['unsigned-type', 'nothing is wrong'],
  ['local-data', 'nothing is wrong'],
  ['validation-off', 'its line is read below'],
  ['no-anchor', 'the anchor of the root is built in'],
]);

/** Zones of the lab that other lines mend than those that a server for many zones is mended by. */
const notByLines: ReadonlyMap<string, string> = new Map([
  ['no-edns', 'the program of the server is too old'],
  ['garbled-rrsig', 'see reply-unusable'],
  ['nsec-child', 'nothing is wrong'],
  ['unsigned', 'nothing is wrong'],
]);

interface Case {
  readonly label: string;
  readonly cause: string;
  readonly question: ExampleZone['question'];
  /** What the mended zone is; default `secure`. */
  readonly want?: Explanation['status'];
  make(): World;
}

const now = DEFAULT_WALL_SECONDS;
const groups = [{ name: 'lab.' }, { name: 'good.lab.', records: 'www A 192.0.2.80\n' }, { name: 'bad.lab.' }];
const rows = [
  ...soundRows().filter(({ label }) => label === 'opt-out-no-name'),
  ...insecureRows(),
  ...bogusRows(now),
  ...subtleRows(now),
  ...rareRows(),
  ...failingRows(),
];

/** Below these an unsigned zone is meant to be. */
const insecureChildren = ['opt-out-misuse', 'nsec-child-no-proof'];

const treeCases: Case[] = placedBelow('bad.lab.', rows).flatMap(({ label, cause, question, description, others }) =>
  cause === undefined
    ? []
    : [
        {
          label,
          cause,
          question,
          want: insecureChildren.includes(label) ? 'insecure' : 'secure',
          make: () => new World({ tree: [...groups, description, ...others] }),
        },
      ],
);

const home = privateZones(now, (index) => `198.19.1.${index}`);
const homeCases: Case[] = home.examples.flatMap(({ label, cause, question, description }) => {
  const ds = home.anchors.find(([zone]) => zone === description.name)?.[1] ?? [];
  const texts = ds.map((line) => line.split(' ').slice(4).join(' '));
  const anchors = new Map(texts.length === 0 ? [] : [[description.name, texts]]);
  const make = (): World => new World({ tree: groups, home: [description], anchors });
  return cause === undefined || label === 'negative-anchor' ? [] : [{ label, cause, question, make }];
});

const inner = makeKey({ algorithm: 13, flags: KSK_FLAGS });
const [split] = placedBelow('bad.lab.', [row(SPLIT_LABEL, '', 0, {})]);
const [expired] = placedBelow('bad.lab.', [row('expired', '', 0, { validity: span(now, -30, -1) })]);
const www = { name: 'www.good.lab.', type: RRType.A };
const DAYS_90 = 90 * 86_400;

const otherCases: Case[] = [
  {
    label: 'a clock that is behind',
    cause: 'clock-behind',
    question: www,
    make: () => new World({ tree: groups, clockError: -DAYS_90 }),
  },
  {
    label: 'a clock that is ahead',
    cause: 'clock-ahead',
    question: www,
    make: () => new World({ tree: groups, clockError: DAYS_90 }),
  },
  {
    label: 'an expired zone with a negative anchor',
    cause: 'negative-trust-anchor',
    question: { name: 'expired.bad.lab.', type: RRType.A },
    make: () => new World({ tree: [...groups, ...described(expired)], negatives: ['expired.bad.lab.'] }),
  },
  {
    label: 'split DNS',
    cause: 'forward-zone-unsigned',
    question: { name: 'split-dns.bad.lab.', type: RRType.A },
    make: () => {
      const inside = { name: 'split-dns.bad.lab.', records: '@ A 192.0.2.80\n', isSigned: false };
      return new World({ tree: [...groups, ...described(split)], home: [inside] });
    },
  },
  {
    label: 'an anchored zone without signatures, where that is let through',
    cause: 'anchor-stripped',
    question: { name: 'inner.private.', type: RRType.A },
    make: () => {
      const zone = { name: 'inner.private.', records: '@ A 192.0.2.80\n', isSigned: false };
      const signed = new World({ tree: groups, home: [{ ...zone, isSigned: true, keys: [inner] }] });
      return new World({
        tree: groups,
        home: [zone],
        anchors: new Map([[zone.name, signed.dsOf(zone.name)]]),
        change: (options) => ({ ...options, validation: { ...options.validation, hardenStripped: false } }),
      });
    },
  },
];

function described(example: ExampleZone | undefined): ExampleZone['description'][] {
  return example === undefined ? [] : [example.description];
}

const cases = [...treeCases, ...homeCases, ...otherCases].filter(
  ({ label, cause }) => isCauseCode(cause) && !withoutLine.has(cause) && !notByLines.has(label),
);

/** One remedy may uncover what the next one is for: a new key needs a new DS. */
const MAX_STEPS = 4;

describe('what is printed mends', () => {
  test.each(cases)('$label: $cause', async ({ cause, question, want = 'secure', make }) => {
    const world = make();
    const { name, type } = question;
    let explanation = await world.explain(name, type);
    expect(explanation.cause?.code).toBe(cause);
    const done: string[] = [];
    for (let step = 0; step < MAX_STEPS && explanation.status !== want; step++) {
      const found = explanation.cause;
      if (found === null) break;
      // The remedies are tried in their order, until one of them changes what is found.
      for (const remedy of found.remedies) {
        if (follow(world, remedy) === 0) continue;
        done.push(`${found.code}: ${remedy.text}`);
        explanation = await world.explain(name, type);
        if (explanation.cause?.code !== found.code) break;
      }
    }
    expect({ status: explanation.status, done }).toEqual({ status: want, done });
  });

  test('no cause is left out', () => {
    const mended = new Set(cases.map(({ cause }) => cause));
    expect(causeCodes.filter((code) => !mended.has(code) && !withoutLine.has(code))).toEqual([]);
    expect(causeCodes.filter((code) => mended.has(code) && withoutLine.has(code))).toEqual([]);
  });

  test('every line of recursor.yml is one', () => {
    const places = { ...GENERAL_PLACES, zone: 'a.test', forward: 'a.test', ds: `1 13 2 ${'00'.repeat(32)}` };
    for (const code of causeCodes) {
      for (const { where, line } of causeRow(code).remedies.flatMap(({ lines }) => lines)) {
        if (where !== 'recursor.yml') continue;
        const config = configOf(fillPlaces(line, places).replace('ADDRESS:PORT', '192.0.2.1:53'));
        if (code === 'validation-off') expect(config.dnssec.validation).toBe('validate');
      }
    }
  });
});
