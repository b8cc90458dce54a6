// The table of causes: what is injected is what is reported, and every row can be reached.
import { describe, expect, test } from 'vitest';
import { insecureReasons } from '../../src/dnssec/verdict.ts';
import { causeOfResolution, causeOfVerdict, hintOf } from '../../src/explain/cause.ts';
import { causeCodes, causeRow } from '../../src/explain/causes.ts';
import { placedBelow } from '../../src/lab/example-row.ts';
import { bogusRows, insecureRows } from '../../src/lab/example-zones.ts';
import { failingRows } from '../../src/lab/failing-zones.ts';
import { buildHierarchy } from '../../src/lab/hierarchy.ts';
import { rareRows } from '../../src/lab/rare-zones.ts';
import { subtleRows } from '../../src/lab/subtle-zones.ts';
import { Rcode, RRType, typeText } from '../../src/wire/constants.ts';
import { nameOf } from '../../src/wire/name-text.ts';
import { SimulatedResolver } from '../support/simulated-resolver.ts';
import { DEFAULT_WALL_SECONDS } from '../support/virtual-clock.ts';
import { faults } from './faults.ts';

const rows = [
  ...insecureRows(),
  ...bogusRows(DEFAULT_WALL_SECONDS),
  ...subtleRows(DEFAULT_WALL_SECONDS),
  ...rareRows(),
  ...failingRows(),
];
const examples = placedBelow('test.', rows).filter(({ cause }) => cause !== undefined);
const hierarchy = buildHierarchy({
  zones: [{ name: 'test.' }, ...examples.flatMap(({ description, others }) => [description, ...others])],
  nowSeconds: DEFAULT_WALL_SECONDS,
});

/** Reached only where a check says so that no reply can bring about by itself; see below. */
const withoutFault = new Set(['validation-off', 'rrsig-malformed']);

describe('a fault injected is the cause reported', () => {
  test.each(faults)('$cause: $text', ({ cause, run }) => {
    const resolution = run();
    expect(causeOfResolution(resolution)).toBe(cause);
    // No failing answer goes out without a reason.
    if (resolution.rcode === Rcode.SERVFAIL) expect(resolution.errors[0]?.text).not.toBe('');
  });

  test.each(examples)('example $label: $cause', ({ question, cause }) => {
    const simulation = new SimulatedResolver({ hierarchy });
    const { resolution } = simulation.ask(`${question.name} ${typeText(question.type)}`);
    expect(causeOfResolution(resolution)).toBe(cause);
    const [error] = resolution.errors;
    if (resolution.verdict?.status !== 'bogus' || cause === undefined) return;
    const row = causeCodes.find((code) => code === cause);
    expect(error?.text.length).toBeLessThanOrEqual(64);
    expect(row && error?.text.endsWith(causeRow(row).text)).toBe(true);
    expect(row && error?.code).toBe(row && causeRow(row).ede);
  });
});

describe('the table', () => {
  test('every row is reached', () => {
    const reached = new Set([...faults.map(({ cause }) => cause), ...examples.map(({ cause }) => cause)]);
    expect(causeCodes.filter((code) => !reached.has(code) && !withoutFault.has(code))).toEqual([]);
  });

  test('has what the rest relies on', () => {
    expect(causeCodes.length).toBeGreaterThanOrEqual(45);
    for (const code of causeCodes) {
      const { kind, ede, text, hint, remedies, explanation } = causeRow(code);
      expect([code, /^[\x20-\x7e]{8,64}$/.test(text)]).toEqual([code, true]);
      expect([code, text.endsWith('.')]).toEqual([code, false]);
      expect([code, /^[A-Z].*\.$/.test(explanation)]).toEqual([code, true]);
      if (kind === 'insecure') continue;
      expect([code, ede === undefined, hint === '', remedies.length === 0]).toEqual([code, false, false, false]);
    }
  });

  test('each reason to be insecure has its row', () => {
    for (const reason of Object.keys(insecureReasons)) {
      const verdict = { status: 'insecure', reason, chain: undefined } as never;
      expect(causeRow(causeOfVerdict(verdict) ?? 'rrsig-invalid').kind).toBe('insecure');
    }
  });

  test('a hint names the zone', () => {
    const verdict = new SimulatedResolver({ hierarchy }).ask('www.expired.test. A').resolution.verdict;
    if (verdict === undefined) throw new Error('no verdict');
    expect(hintOf(verdict, nameOf('www.expired.test.'), RRType.A)).toBe(
      'Sign expired.test anew, and see why the signer has stopped.',
    );
  });
});
