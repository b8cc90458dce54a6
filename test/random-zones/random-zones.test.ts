// Random signed zones, random questions, and an oracle that knows the zones: no wrong answer, no missing proof. Then the
// same with one reply changed on its way: never secure and wrong, never less than secure where the truth is.
//
// KEDGE_RANDOM_QUESTIONS and KEDGE_RANDOM_CORRUPTIONS set how many (default 5,000 each), KEDGE_TEST_SEED which.
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Resolution } from '../../src/resolver/resolution.ts';
import { Rcode, rcodeText, typeText } from '../../src/wire/constants.ts';
import type { DomainName } from '../../src/wire/name.ts';
import { nameText } from '../../src/wire/name-text.ts';
import { SeededRandom, testSeed } from '../support/seeded-random.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { corruptingServers } from './corruption.ts';
import { Oracle, recordLine, type Truth } from './oracle.ts';
import { missingProofs } from './proof-check.ts';
import { randomQuestion } from './questions.ts';
import { randomWorld } from './world.ts';

const QUESTIONS = Number(process.env['KEDGE_RANDOM_QUESTIONS'] ?? 5_000);
const CORRUPTIONS = Number(process.env['KEDGE_RANDOM_CORRUPTIONS'] ?? 5_000);
const QUESTIONS_PER_WORLD = 200;

/** What is wrong with a resolution; empty when nothing is. */
function problems(resolution: Resolution, truth: Truth, type: number): string[] {
  const found: string[] = [];
  if (resolution.rcode !== truth.rcode) {
    found.push(`${rcodeText(resolution.rcode)} instead of ${rcodeText(truth.rcode)}`);
  }
  const records = answerLines(resolution);
  if (JSON.stringify(records) !== JSON.stringify(truth.records)) {
    found.push(`${records.length} records instead of ${truth.records.length}: ${JSON.stringify(records)}`);
  }
  if (resolution.authentic !== truth.isSecure) found.push(truth.isSecure ? 'no AD' : 'AD');
  if (truth.isCompact && truth.isSecure && resolution.deniedCompactly !== true) found.push('not denied');
  found.push(...missingProofs(resolution, truth.proofs, type));
  return found;
}

function answerLines({ answer }: Resolution): string[] {
  const lines = answer.flatMap(({ rrset }) => rrset.rdatas.map((rdata) => recordLine(rrset.name, rrset.type, rdata)));
  return [...new Set(lines)].sort();
}

function askOne(simulation: SimulatedResolver, name: DomainName, type: number): Resolution {
  return simulation.ask(`${nameText(name)} TYPE${type}`).resolution;
}

describe('random signed zones', () => {
  test(`${QUESTIONS} questions`, { timeout: 3_600_000 }, async () => {
    const first = testSeed();
    const wrong: string[] = [];
    let asked = 0;
    for (let seed = first; asked < QUESTIONS; seed++) {
      // The test runner wants to hear from us now and then.
      await setImmediate();
      const random = new SeededRandom(seed);
      const world = randomWorld(random);
      const oracle = new Oracle(world);
      const simulation = new SimulatedResolver({ hierarchy: world.hierarchy, seed, latencyMs: 1 });
      for (let count = 0; count < QUESTIONS_PER_WORLD && asked < QUESTIONS; count++, asked++) {
        const { name, type } = randomQuestion(random, world);
        const truth = oracle.truth(name, type);
        const resolution = askOne(simulation, name, type);
        if (truth.isEndless) {
          expect(resolution.authentic && resolution.rcode === Rcode.NOERROR && resolution.answer.length === 0).toBe(
            false,
          );
          continue;
        }
        const found = problems(resolution, truth, type);
        if (found.length > 0) {
          wrong.push(`seed ${seed}: ${nameText(name)} ${typeText(type)}: ${found.join('; ')}`);
        }
      }
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
  });

  test(`${CORRUPTIONS} corruptions`, { timeout: 3_600_000 }, async () => {
    const first = testSeed() + 1_000_000;
    const wrong: string[] = [];
    let asked = 0;
    let refused = 0;
    for (let seed = first; asked < CORRUPTIONS; seed++) {
      // The test runner wants to hear from us now and then.
      await setImmediate();
      const random = new SeededRandom(seed);
      const world = randomWorld(random);
      const oracle = new Oracle(world);
      for (let count = 0; count < 50 && asked < CORRUPTIONS; count++) {
        const { name, type } = randomQuestion(random, world);
        const truth = oracle.truth(name, type);
        if (truth.isEndless || !truth.isSecure) continue;
        asked++;
        const simulation = new SimulatedResolver({ hierarchy: world.hierarchy, seed: seed + count, latencyMs: 1 });
        const done = corruptingServers(simulation, random);
        const resolution = askOne(simulation, name, type);
        // True aliases may stand before what cannot be had.
        const isTrue = answerLines(resolution).every((line) => truth.records.includes(line));
        const isRefused = resolution.rcode === Rcode.SERVFAIL && !resolution.authentic && isTrue;
        if (isRefused) refused++;
        // Without its SOA a denial is proved all the same; only its TTL is then not known.
        const found = isRefused ? [] : problems(resolution, truth, type).filter((what) => !what.endsWith(': SOA'));
        if (found.length > 0) {
          wrong.push(`seed ${seed}/${count}: ${nameText(name)} ${typeText(type)}: ${found.join('; ')} after ${done()}`);
        }
      }
      if (wrong.length > 20) break;
    }
    expect(wrong).toEqual([]);
    // Most corruptions are met by asking again; some must have been refused, or nothing was corrupted at all.
    expect(refused).toBeGreaterThan(0);
  });
});
