import { describe, expect, test } from 'vitest';
import {
  type AlgorithmPolicy,
  algorithms,
  algorithmText,
  DEFAULT_ALGORITHM_POLICY,
  digestTypes,
  digestTypeText,
  isSupportedAlgorithm,
  isSupportedDigest,
} from '../../src/dnssec/algorithms.ts';
import { backendOf } from '../../src/dnssec/backend.ts';
import { knownAnswers } from '../../src/dnssec/known-answers.ts';
import { signatureSchemes } from '../../src/dnssec/signature-scheme.ts';

const withSha1: AlgorithmPolicy = { ...DEFAULT_ALGORITHM_POLICY, sha1: 'validate' };

function supported(policy: AlgorithmPolicy): number[] {
  return Array.from({ length: 256 }, (_, number) => number).filter((number) => isSupportedAlgorithm(number, policy));
}

function supportedDigests(policy: AlgorithmPolicy): number[] {
  return Array.from({ length: 256 }, (_, number) => number).filter((number) => isSupportedDigest(number, policy));
}

describe('supported', () => {
  test('algorithms by default (RFC 9904, RFC 9905)', () => {
    expect(supported(DEFAULT_ALGORITHM_POLICY)).toEqual([8, 10, 13, 14, 15, 16]);
    expect(supported(withSha1)).toEqual([5, 7, 8, 10, 13, 14, 15, 16]);
  });

  test('digest types by default', () => {
    expect(supportedDigests(DEFAULT_ALGORITHM_POLICY)).toEqual([2, 4]);
    expect(supportedDigests(withSha1)).toEqual([1, 2, 4]);
  });

  test('a disabled algorithm leaves the digest of the same number alone, and the reverse', () => {
    const policy = { ...withSha1, disabledAlgorithms: new Set([8, 13]), disabledDigests: new Set([4]) };
    expect(supported(policy)).toEqual([5, 7, 10, 14, 15, 16]);
    expect(supportedDigests(policy)).toEqual([1, 2]);
    expect(supportedDigests({ ...withSha1, disabledAlgorithms: new Set([1, 2, 4]) })).toEqual([1, 2, 4]);
  });
});

test('names', () => {
  expect(algorithmText(13)).toBe('ECDSAP256SHA256');
  expect(algorithmText(99)).toBe('99');
  expect(digestTypeText(2)).toBe('SHA-256');
  expect(digestTypeText(99)).toBe('99');
});

test('the tables agree: each algorithm that the code supports has a scheme and a known answer', () => {
  const numbers = algorithms.filter((row) => row.supported).map((row) => row.number);
  expect([...signatureSchemes.keys()]).toEqual(numbers);
  expect([...knownAnswers.keys()]).toEqual(numbers);
  expect(new Set(algorithms.map((row) => row.number)).size).toBe(algorithms.length);
  expect(new Set(digestTypes.map((row) => row.number)).size).toBe(digestTypes.length);
});

test('this host verifies every known answer', () => {
  for (const algorithm of knownAnswers.keys()) expect(backendOf(algorithm), `${algorithm}`).not.toBe('none');
  expect(backendOf(1)).toBe('none');
});

test('the second implementation verifies the known answers too, and refuses changed ones', () => {
  for (const [algorithm, answer] of knownAnswers) {
    const secondary = signatureSchemes.get(algorithm)?.secondary;
    if (secondary === undefined) continue;
    expect(secondary(answer.publicKey, answer.signature, answer.signed), `${algorithm}`).toBe(true);
    expect(secondary(answer.publicKey, answer.signature, Uint8Array.of(0)), `${algorithm}`).toBe(false);
  }
});
