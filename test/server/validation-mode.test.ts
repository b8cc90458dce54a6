import { describe, expect, test } from 'vitest';
import type { ResolutionRequest } from '../../src/resolver/resolution.ts';
import type { Request } from '../../src/server/request.ts';
import { resolutionRequest, type ValidationMode, type ValidationOptions } from '../../src/server/validation-mode.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { type QueryShape, requestOf } from './support/queries.ts';

const clients: Record<string, QueryShape> = {
  none: {},
  ad: { flags: HeaderFlag.AD },
  do: { edns: { dnssecOk: true } },
  cd: { flags: HeaderFlag.CD },
  'ad cd': { flags: HeaderFlag.AD | HeaderFlag.CD },
  'do cd': { flags: HeaderFlag.CD, edns: { dnssecOk: true } },
};

/** For each client: whether it validates, and whether bogus data are handed over (POWERDNS 5.1). */
const table: Record<ValidationMode, Record<string, [validates: boolean, handsOver: boolean]>> = {
  off: { none: [false, true], ad: [false, true], do: [false, true], cd: [false, true], 'do cd': [false, true] },
  'process-no-validate': { none: [false, true], ad: [false, true], do: [false, true], cd: [false, true] },
  process: {
    none: [false, true],
    ad: [true, false],
    do: [true, false],
    cd: [false, true],
    'ad cd': [true, true],
    'do cd': [true, true],
  },
  'log-fail': {
    none: [true, true],
    ad: [true, false],
    do: [true, false],
    cd: [true, true],
    'ad cd': [true, true],
    'do cd': [true, true],
  },
  validate: {
    none: [true, false],
    ad: [true, false],
    do: [true, false],
    cd: [true, true],
    'ad cd': [true, true],
    'do cd': [true, true],
  },
};

function askedBy(request: Request, options: ValidationOptions): ResolutionRequest {
  return resolutionRequest(request, request.question, options);
}

describe('what a mode asks of the resolver (POWERDNS 5.1)', () => {
  for (const [mode, rows] of Object.entries(table) as [ValidationMode, (typeof table)[ValidationMode]][]) {
    for (const [client, [validate, checkingDisabled]] of Object.entries(rows)) {
      test(`${mode}, client with ${client}`, () => {
        const options = { mode, permissive: false, ignoreCheckingDisabled: false };
        expect(askedBy(requestOf(clients[client]), options)).toMatchObject({ validate, checkingDisabled });
      });
    }
  }

  test('permissive mode hands bogus data over, still validating', () => {
    const options = { mode: 'validate', permissive: true, ignoreCheckingDisabled: false } as const;
    expect(askedBy(requestOf(), options)).toMatchObject({ validate: true, checkingDisabled: true });
  });

  test('CD can be ignored', () => {
    const options = { mode: 'validate', permissive: false, ignoreCheckingDisabled: true } as const;
    expect(askedBy(requestOf({ flags: HeaderFlag.CD }), options)).toMatchObject({ checkingDisabled: false });
  });

  /** What is made up, as by a DNS64, is not for clients that validate by themselves (RFC 6147 5.5). */
  const validators: readonly { mode: ValidationMode; client: string; ignores: boolean; want: boolean }[] = [
    { mode: 'validate', client: 'cd', ignores: false, want: true },
    { mode: 'validate', client: 'do cd', ignores: false, want: true },
    { mode: 'process-no-validate', client: 'do cd', ignores: false, want: true },
    { mode: 'validate', client: 'do', ignores: false, want: false },
    { mode: 'process-no-validate', client: 'do', ignores: false, want: false },
    { mode: 'validate', client: 'do cd', ignores: true, want: false },
    { mode: 'off', client: 'do cd', ignores: false, want: false },
  ];
  for (const { mode, client, ignores, want } of validators) {
    test(`${mode}, client with ${client}${ignores ? ', CD ignored' : ''}: validates by itself: ${want}`, () => {
      const options = { mode, permissive: false, ignoreCheckingDisabled: ignores };
      expect(askedBy(requestOf(clients[client]), options).clientValidates ?? false).toBe(want);
    });
  }

  test('RD is handed on', () => {
    const options = { mode: 'validate', permissive: false, ignoreCheckingDisabled: false } as const;
    expect(askedBy(requestOf({ noRecursion: true }), options).recursionDesired).toBe(false);
  });
});
