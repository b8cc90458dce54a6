// Telling which keys are trusted (RFC 8145 5): names, rhythm, and what is sent.
import { describe, expect, test } from 'vitest';
import { AnchorSignals, signalName } from '../../src/daemon/anchor-signals.ts';
import { TrustAnchors } from '../../src/dnssec/trust-anchor.ts';
import { RRType, typeText } from '../../src/wire/constants.ts';
import { nameOf, nameText } from '../../src/wire/name-text.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

const HOUR_MS = 3_600_000;

function anchorsOf(tags: Record<string, readonly number[]>): TrustAnchors {
  const anchors = new TrustAnchors();
  for (const [zone, keyTags] of Object.entries(tags)) {
    for (const keyTag of keyTags) {
      anchors.addDS(nameOf(zone), { keyTag, algorithm: 8, digestType: 2, digest: new Uint8Array(32) });
    }
  }
  return anchors;
}

describe('the name of a signal (RFC 8145 5.1)', () => {
  test.each([
    ['.', [20326], '_ta-4f66.'],
    ['.', [38696, 20326], '_ta-4f66-9728.'],
    ['example.', [10, 10], '_ta-000a.example.'],
    [
      '.',
      Array.from({ length: 20 }, (_, tag) => tag),
      `_ta-${[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((tag) => `000${tag.toString(16)}`).join('-')}.`,
    ],
  ])('of %s with %o is %s', (zone, tags, want) => {
    const [anchor] = anchorsOf({ [zone]: tags }).anchors();
    const name = anchor === undefined ? undefined : signalName(anchor);
    expect(name && nameText(name)).toBe(want);
  });

  test('is none where it would be too long', () => {
    const [anchor] = anchorsOf({ [`${'x'.repeat(60)}.`.repeat(4)]: [1, 2] }).anchors();
    expect(anchor && signalName(anchor)).toBeUndefined();
  });
});

describe('when signals are sent', () => {
  function started(anchors: TrustAnchors) {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const ask = (name: ReturnType<typeof nameOf>, type: number): void => {
      asked.push(`${nameText(name)} ${typeText(type)}`);
    };
    new AnchorSignals({ anchors, clock, timers: clock, random: new SeededRandom(3), ask }).start();
    return { clock, asked };
  }

  test('not at once, then once a day, with the anchors of that time', () => {
    const anchors = anchorsOf({ '.': [20326], 'corp.': [7] });
    const { clock, asked } = started(anchors);
    clock.advance(5 * 60_000 - 1);
    expect(asked).toEqual([]);
    clock.advance(5 * 60_000);
    expect(asked).toEqual(['_ta-4f66. NULL', '_ta-0007.corp. NULL']);
    anchors.removeAnchor(nameOf('corp.'));
    clock.advance(24 * HOUR_MS);
    expect(asked.slice(2)).toEqual(['_ta-4f66. NULL']);
  });

  test('not for what a negative anchor switches off', () => {
    const anchors = anchorsOf({ '.': [20326], 'corp.': [7] });
    anchors.addNegative(nameOf('corp.'), 'test');
    const { clock, asked } = started(anchors);
    clock.advance(10 * 60_000);
    expect(asked).toEqual(['_ta-4f66. NULL']);
  });
});

test('a signal reaches the servers of the zone, whatever denials are known', () => {
  const simulation = new SimulatedResolver({ zones: [{ name: 'test.' }] });
  simulation.ask('_ta-4f66. NULL');
  simulation.ask('_tb. A');
  for (const round of [1, 2]) {
    const mark = simulation.mark;
    simulation.resolver.signal(nameOf('_ta-4f66.'), RRType.NULL);
    simulation.advance(20);
    expect(simulation.asked(mark), `round ${round}`).toEqual(['_ta-4f66. NULL']);
  }
});
