// Every input that ever broke something, and those that break other people's parsers, replayed on each run.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../support/seeded-random.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';
import { Failures, Tally } from './failures.ts';
import { buildFuzzInternet, fuzzQuestion, hostileZones } from './fuzz-internet.ts';
import { queryFor } from './fuzz-query.ts';
import { fuzzParsers, readEverything } from './parser-part.ts';
import { type Lie, runRound, sceneOf } from './simulated-part.ts';

/** One input a file: hexadecimal octets, lines that begin with `#` say what it is. */
const folder = new URL('../corpus/', import.meta.url);
const internet = buildFuzzInternet(1, DEFAULT_WALL_SECONDS);
const scene = sceneOf(internet);
const [zone = ''] = hostileZones(1);
const bits = { dnssecOk: true, checkingDisabled: false, authenticData: true };

function octetsOf(file: string): Uint8Array {
  const lines = readFileSync(new URL(file, folder), 'utf8').split('\n');
  const hex = lines.filter((line) => !line.startsWith('#')).join('');
  return Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));
}

/** The body of a corpus message behind the header and question of the reply it takes the place of. */
function grafted(reply: Uint8Array, octets: Uint8Array): Uint8Array {
  const end = 12 + reply.subarray(12).indexOf(0) + 5;
  const copy = Uint8Array.from([...reply.subarray(0, end), ...octets.subarray(12)]);
  copy.set(octets.subarray(6, 12), 6);
  return copy;
}

describe('the corpus', () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.hex'))) {
    test(file, () => {
      const octets = octetsOf(file);
      const random = new SeededRandom(1);
      const question = fuzzQuestion(zone, 1, random);
      expect(octets.length).toBeGreaterThan(0);
      expect(() => readEverything(octets, { question, zone }, random)).not.toThrow();

      const failures = new Failures();
      const askings = Array.from({ length: 4 }, (_, index) => {
        const asked = fuzzQuestion(zone, index, random);
        return { question: asked, octets: queryFor(asked, index, bits), atMs: index };
      });
      const lies: Lie[] = [() => [{ octets }], (reply) => [{ octets: grafted(reply, octets) }, { octets: reply }]];
      for (const lie of lies) runRound(scene, { askings, lie, random }, failures, new Tally());
      expect(failures.lines).toEqual([]);
    });
  }
});

test('a short run of the parsers finds nothing', () => {
  const failures = new Failures();
  fuzzParsers(internet, 5_000, 1, failures);
  expect(failures.lines).toEqual([]);
});
