import { describe, expect, it } from 'vitest';
import { SystemClock } from '../../src/io/system-clock.ts';

class TwoClocks {
  wall = 1_767_225_600_000;
  monotonic = 5000;
  wallMs = () => this.wall;
  monotonicMs = () => this.monotonic;

  pass(ms: number): void {
    this.wall += ms;
    this.monotonic += ms;
  }
}

type Step = (clocks: TwoClocks) => void;

const pass =
  (seconds: number): Step =>
  (clocks) =>
    clocks.pass(seconds * 1000);
const setWall =
  (seconds: number): Step =>
  (clocks) => {
    clocks.wall += seconds * 1000;
  };
const suspend = setWall;

describe('the clock of the caches (D10)', () => {
  const cases: { name: string; given: Step[]; want: number }[] = [
    { name: 'advances with both clocks', given: [pass(30)], want: 30 },
    { name: 'ages by the time a machine was suspended', given: [pass(10), suspend(3600), pass(10)], want: 3620 },
    { name: 'ages when the clock is set forward', given: [setWall(86_400), pass(1)], want: 86_401 },
    { name: 'does not stand still when the clock is set back', given: [pass(10), setWall(-3600), pass(10)], want: 20 },
    { name: 'counts a step forward and back once', given: [setWall(100), setWall(-100), pass(5)], want: 105 },
    { name: 'counts many small steps back as nothing', given: [setWall(-1), pass(1), setWall(-1), pass(1)], want: 2 },
    { name: 'counts small steps forward and back', given: [setWall(5), setWall(-5), setWall(5), pass(1)], want: 11 },
    { name: 'measures days', given: [pass(86_400), pass(86_400)], want: 172_800 },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => {
      const clocks = new TwoClocks();
      const clock = new SystemClock(clocks);
      for (const step of given) {
        step(clocks);
        clock.cacheSeconds();
      }
      expect(clock.cacheSeconds()).toBe(want);
    });
  }

  it('never goes back', () => {
    const clocks = new TwoClocks();
    const clock = new SystemClock(clocks);
    let last = clock.cacheSeconds();
    for (let count = 0; count < 2000; count++) {
      clocks.monotonic += 7;
      clocks.wall += 7 + Math.round(Math.sin(count) * 90);
      const now = clock.cacheSeconds();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });

  it('does not run fast when it is read all the time and the wall clock counts whole milliseconds', () => {
    const clocks = new TwoClocks();
    const start = clocks.wall;
    const clock = new SystemClock(clocks);
    const seconds = 600;
    for (let reading = 1; reading <= seconds * 1000; reading++) {
      clocks.monotonic = 5000 + reading * 1.0003;
      clocks.wall = start + Math.floor(reading * 1.0003 + 0.4);
      clock.cacheSeconds();
    }
    expect(clock.cacheSeconds()).toBe(seconds);
  });

  it('starts at zero, whatever the other two say', () => {
    expect(new SystemClock().cacheSeconds()).toBe(0);
  });
});

it('reads whole Unix seconds and monotonic milliseconds', () => {
  const clock = new SystemClock();
  expect(Math.abs(clock.wallSeconds() - Date.now() / 1000)).toBeLessThan(2);
  expect(Number.isInteger(clock.wallSeconds())).toBe(true);
  const before = clock.monotonicMs();
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
});
