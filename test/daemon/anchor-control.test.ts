// Anchors over time: ends of negative ones, checks whether they are needed, the anchor file read again (RFC 7646; POWERDNS 2.4).
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Region } from '../../src/cache/region.ts';
import { AnchorControl } from '../../src/daemon/anchor-control.ts';
import { StartError } from '../../src/daemon/start-error.ts';
import { checkZone } from '../../src/daemon/zone-check.ts';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { nameOf, nameTextWithoutDot } from '../../src/wire/name-text.ts';
import { resolutionOf } from '../server/support/queries.ts';
import { DEFAULT_WALL_SECONDS, VirtualClock } from '../support/virtual-clock.ts';
import { configOf, directoryWith, keptLog } from './support/daemons.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DIGEST = 'a'.repeat(64);
const files: { remove(): void }[] = [];
afterEach(() => {
  for (const file of files.splice(0)) file.remove();
});

function directory(contents: Record<string, string>) {
  const made = directoryWith(contents);
  files.push(made);
  return made;
}

interface Made {
  readonly control: AnchorControl;
  readonly clock: VirtualClock;
  readonly lines: readonly string[];
  readonly wiped: string[];
  readonly checked: string[];
}

/** `isNeeded` is what the checks find. */
function make(text: string, isNeeded: boolean | undefined = true, endsAt?: number): Made {
  const clock = new VirtualClock();
  const { log, lines } = keptLog();
  const [wiped, checked]: [string[], string[]] = [[], []];
  const plain = configOf(text);
  const negative = plain.dnssec.negative_trustanchors.map((anchor) =>
    endsAt === undefined ? anchor : { ...anchor, expiresAt: endsAt },
  );
  const config = { ...plain, dnssec: { ...plain.dnssec, negative_trustanchors: negative } };
  const control: AnchorControl = new AnchorControl(config, {
    log,
    clock,
    timers: clock,
    change: ({ anchors }, region: Region) => {
      if (anchors !== undefined) control.anchors.replaceWith(anchors);
      wiped.push(region.given.map(nameTextWithoutDot).join(' '));
      return 3;
    },
    checkZone: (zone, done) => {
      checked.push(nameTextWithoutDot(zone));
      clock.after(10, () => done(isNeeded));
    },
  });
  control.start();
  return { control, clock, lines, wiped, checked };
}

const negative = 'dnssec: {negative_trustanchors: [{name: lan, reason: broken}]}';

describe('a negative anchor with an end', () => {
  test('ends then, once, and what was resolved under it is forgotten', () => {
    const { control, clock, lines, wiped } = make(negative, true, DEFAULT_WALL_SECONDS + 5400);
    expect(control.negatives()).toMatchObject([{ zone: nameOf('lan'), expiresAt: DEFAULT_WALL_SECONDS + 5400 }]);
    clock.advance(5399_000);
    expect(control.anchors.negatives()).toHaveLength(1);
    clock.advance(2000);
    expect(control.anchors.negatives()).toEqual([]);
    expect(wiped).toEqual(['lan']);
    expect(lines.filter((line) => line.includes('has ended'))).toEqual([
      'info  a negative trust anchor has ended: the zone is validated again zone=lan. wiped=3',
    ]);
    clock.advance(DAY_MS);
    expect(wiped).toHaveLength(1);
  });

  test('that has passed at the start is not there', () => {
    expect(make(negative, true, DEFAULT_WALL_SECONDS - 1).control.anchors.negatives()).toEqual([]);
  });

  test('ends by the wall clock, also when that is set', () => {
    const { control, clock } = make(negative, true, DEFAULT_WALL_SECONDS + 7200);
    clock.advance(HOUR_MS / 2);
    clock.setWallSeconds(clock.wallSeconds() + 7200);
    clock.advance(HOUR_MS);
    expect(control.anchors.negatives()).toEqual([]);
  });

  test('beyond a week is warned of (RFC 7646 4)', () => {
    expect(make(negative, true, DEFAULT_WALL_SECONDS + 8 * 86_400).lines.join()).toContain('longer than the week');
    expect(make(negative, true, DEFAULT_WALL_SECONDS + 7 * 86_400).lines.join()).not.toContain('longer than the week');
  });

  test('set again by a command it stays', () => {
    const { control, clock } = make(negative, true, DEFAULT_WALL_SECONDS + 60);
    control.addNegative(nameOf('lan'), 'longer');
    clock.advance(120_000);
    expect(control.negatives()).toEqual([{ zone: nameOf('lan'), reason: 'longer' }]);
  });
});

describe('checks of negative anchors (RFC 7646 2)', () => {
  test('are made every hour of one with an end, every day of one without, and none at the start', () => {
    const temporary = make(negative, true, DEFAULT_WALL_SECONDS + 3 * 86_400);
    temporary.clock.advance(HOUR_MS - 1);
    expect(temporary.checked).toEqual([]);
    temporary.clock.advance(3 * HOUR_MS);
    expect(temporary.checked).toEqual(['lan', 'lan', 'lan']);
    const lasting = make(negative);
    lasting.clock.advance(DAY_MS - 1);
    expect(lasting.checked).toEqual([]);
    lasting.clock.advance(2 * DAY_MS);
    expect(lasting.checked).toHaveLength(2);
  });

  test('say once that one is no longer needed', () => {
    const { control, clock, lines } = make(negative, false);
    clock.advance(5 * DAY_MS);
    expect(control.isUnneeded(nameOf('lan'))).toBe(true);
    expect(lines.filter((line) => line.includes('no longer needed'))).toEqual([
      'warn  the negative trust anchor of lan. is no longer needed; remove it reason=broken',
    ]);
  });

  test('that find nothing out say nothing', () => {
    const { control, clock, lines } = make(negative, undefined);
    clock.advance(5 * DAY_MS);
    expect(control.isUnneeded(nameOf('lan'))).toBe(false);
    expect(lines.filter((line) => line.includes('needed'))).toEqual([]);
  });

  const chain = undefined as never;
  const rows: [name: string, verdict: Resolution['verdict'], want: boolean | undefined][] = [
    ['secure: not needed', { status: 'secure', chain }, false],
    ['insecure by the public tree: not needed', { status: 'insecure', reason: 'no-ds', chain: undefined }, false],
    ['no anchor covers it: not needed', { status: 'indeterminate' }, false],
    ['bogus: needed', { status: 'bogus', reason: 'rrsig-missing', chain }, true],
    [
      'under another one: unknown',
      { status: 'insecure', reason: 'negative-trust-anchor', chain: undefined },
      undefined,
    ],
    ['no answer: unknown', undefined, undefined],
  ];
  for (const [name, verdict, want] of rows) {
    test(name, () => {
      const { control } = make(negative);
      let found: boolean | undefined | 'nothing' = 'nothing';
      const resolver = (anchors: AnchorControl['anchors']) => {
        expect(anchors.negatives()).toEqual([]);
        return {
          resolve: (_request: unknown, done: (resolution: Resolution) => void) => done(resolutionOf({ verdict })),
        };
      };
      checkZone(nameOf('lan'), control.anchors, resolver, (isNeeded) => {
        found = isNeeded;
      });
      expect(found).toBe(want);
      expect(control.anchors.negatives()).toHaveLength(1);
    });
  }
});

describe('the anchor file', () => {
  const line = (tag: number) => `. IN DS ${tag} 8 2 ${DIGEST}\n`;
  const config = (path: string, more = '') => `dnssec: {trustanchorfile: ${path}, trustanchorfile_interval: 2${more}}`;
  const tags = ({ anchors }: AnchorControl) => anchors.anchors().map(({ ds }) => ds.map(({ keyTag }) => keyTag));

  test('is read again; what commands have added stays, and only what changed is forgotten', () => {
    const { path } = directory({ 'root.key': line(1) });
    const { control, clock, wiped, lines } = make(config(path('root.key')));
    const added = { keyTag: 7, algorithm: 13, digestType: 2, digest: new Uint8Array(32) };
    control.add(nameOf('home.arpa'), [added]);
    expect(tags(control)).toEqual([[1], [7]]);
    writeFileSync(path('root.key'), line(1) + line(2));
    clock.advance(2 * HOUR_MS - 1);
    expect(tags(control)).toEqual([[1], [7]]);
    clock.advance(1);
    expect(tags(control)).toEqual([[1, 2], [7]]);
    clock.advance(4 * HOUR_MS);
    expect(wiped).toEqual(['home.arpa', '.']);
    expect(lines.some((text) => text.includes(`trust anchor of .: added 2 8 2 ${DIGEST}`))).toBe(true);
  });

  test('that is broken later changes nothing, and the log says so', () => {
    const { path } = directory({ 'root.key': line(1) });
    const { control, clock, wiped, lines } = make(config(path('root.key')));
    for (const bad of ['. IN DS 1 8\n', '', '$INCLUDE /etc/passwd\n']) {
      writeFileSync(path('root.key'), bad);
      clock.advance(2 * HOUR_MS);
    }
    expect(tags(control)).toEqual([[1]]);
    expect(wiped).toEqual([]);
    expect(lines.filter((text) => text.startsWith('error the trust anchors stay as they are'))).toHaveLength(3);
    writeFileSync(path('root.key'), line(5));
    clock.advance(2 * HOUR_MS);
    expect(tags(control)).toEqual([[5]]);
  });

  test('with interval 0 is not read again', () => {
    const { path } = directory({ 'root.key': line(1) });
    const { clock } = make(config(path('root.key')).replace('interval: 2', 'interval: 0'));
    expect(clock.pending).toBe(0);
  });

  test('beside other anchors: one notice that PowerDNS would use the file alone', () => {
    const { path } = directory({ 'root.key': line(1) });
    const other = `, trustanchors: [{name: lan, dsrecords: ['9 13 2 ${DIGEST}']}]`;
    const { lines, control } = make(config(path('root.key'), other));
    expect(lines.filter((text) => text.includes('PowerDNS Recursor would use'))).toHaveLength(1);
    expect(tags(control).flat().sort()).toEqual([1, 9]);
    expect(make(config(path('root.key'))).lines.join()).not.toContain('PowerDNS');
  });

  test('that is missing at a reload: an error, and nothing changes', () => {
    const { control } = make(negative);
    const before = control.anchors.anchors();
    expect(() => control.prepare(configOf('dnssec: {trustanchorfile: /nowhere/root.key}'))).toThrow(StartError);
    expect(control.anchors.anchors()).toEqual(before);
  });
});
