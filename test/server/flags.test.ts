// The table of answers by flags (POWERDNS 5.1 and 5.2, SECURITY 4.2), through the whole pipeline.
import { describe, expect, test } from 'vitest';
import type { Resolution, ResolutionRequest } from '../../src/resolver/resolution.ts';
import { DEFAULT_REPLY_OPTIONS } from '../../src/server/reply.ts';
import type { ValidationMode } from '../../src/server/validation-mode.ts';
import { EdeCode, Rcode, RRType, rcodeText } from '../../src/wire/constants.ts';
import { HeaderFlag } from '../../src/wire/header.ts';
import { FakeServer } from './support/fake-server.ts';
import { errorCodes, flagText, type QueryShape, resolutionOf } from './support/queries.ts';

type Data = 'secure' | 'insecure' | 'bogus';

/** A resolver that keeps to its contract, for data of one kind. */
function resolver(data: Data) {
  return (request: ResolutionRequest, done: (resolution: Resolution) => void) => {
    if (data === 'bogus' && request.validate && !request.checkingDisabled) {
      const errors = [{ code: EdeCode.SIGNATURE_EXPIRED, text: 'www.example. A: signature expired' }];
      done(resolutionOf({ rcode: Rcode.SERVFAIL, answer: [], errors }));
    } else {
      done(resolutionOf({ authentic: data === 'secure' && request.validate }));
    }
  };
}

const clients: Record<string, QueryShape> = {
  none: {},
  AD: { flags: HeaderFlag.AD },
  DO: { edns: { dnssecOk: true } },
  CD: { flags: HeaderFlag.CD },
  'DO CD': { flags: HeaderFlag.CD, edns: { dnssecOk: true } },
  'AD CD': { flags: HeaderFlag.CD | HeaderFlag.AD },
};

/** `RCODE [ad] [cd] [sig]` for secure, insecure and bogus data. */
const tables: Record<ValidationMode, Record<string, Record<Data, string>>> = {
  validate: {
    none: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'SERVFAIL' },
    AD: { secure: 'NOERROR ad', insecure: 'NOERROR', bogus: 'SERVFAIL' },
    DO: { secure: 'NOERROR ad sig', insecure: 'NOERROR sig', bogus: 'SERVFAIL' },
    CD: { secure: 'NOERROR cd', insecure: 'NOERROR cd', bogus: 'NOERROR cd' },
    'DO CD': { secure: 'NOERROR ad cd sig', insecure: 'NOERROR cd sig', bogus: 'NOERROR cd sig' },
    'AD CD': { secure: 'NOERROR ad cd', insecure: 'NOERROR cd', bogus: 'NOERROR cd' },
  },
  'log-fail': {
    none: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    AD: { secure: 'NOERROR ad', insecure: 'NOERROR', bogus: 'SERVFAIL' },
    DO: { secure: 'NOERROR ad sig', insecure: 'NOERROR sig', bogus: 'SERVFAIL' },
    CD: { secure: 'NOERROR cd', insecure: 'NOERROR cd', bogus: 'NOERROR cd' },
    'DO CD': { secure: 'NOERROR ad cd sig', insecure: 'NOERROR cd sig', bogus: 'NOERROR cd sig' },
  },
  process: {
    none: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    AD: { secure: 'NOERROR ad', insecure: 'NOERROR', bogus: 'SERVFAIL' },
    DO: { secure: 'NOERROR ad sig', insecure: 'NOERROR sig', bogus: 'SERVFAIL' },
    CD: { secure: 'NOERROR cd', insecure: 'NOERROR cd', bogus: 'NOERROR cd' },
    'DO CD': { secure: 'NOERROR ad cd sig', insecure: 'NOERROR cd sig', bogus: 'NOERROR cd sig' },
  },
  'process-no-validate': {
    none: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    AD: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    DO: { secure: 'NOERROR sig', insecure: 'NOERROR sig', bogus: 'NOERROR sig' },
    CD: { secure: 'NOERROR cd', insecure: 'NOERROR cd', bogus: 'NOERROR cd' },
  },
  off: {
    none: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    AD: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    DO: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
    CD: { secure: 'NOERROR', insecure: 'NOERROR', bogus: 'NOERROR' },
  },
};

for (const [mode, table] of Object.entries(tables) as [ValidationMode, (typeof tables)[ValidationMode]][]) {
  describe(`mode ${mode}`, () => {
    for (const [flags, wants] of Object.entries(table)) {
      for (const [data, want] of Object.entries(wants) as [Data, string][]) {
        test(`${flags}, ${data} data: ${want}`, () => {
          const server = new FakeServer({
            resolve: resolver(data),
            options: {
              validation: { mode, permissive: false, ignoreCheckingDisabled: false },
              reply: { ...DEFAULT_REPLY_OPTIONS, dnssec: mode !== 'off' },
            },
          });
          const query = clients[flags] ?? {};
          const message = server.ask(query);
          const words = flagText(message).split(' ');
          const found = [
            rcodeText(message.rcode),
            ...['ad', 'cd'].filter((flag) => words.includes(flag)),
            ...(message.answer.some(({ type }) => type === RRType.RRSIG) ? ['sig'] : []),
          ];
          expect(found.join(' ')).toBe(want);
          const tellsWhy = want === 'SERVFAIL' && query.edns !== undefined;
          expect(errorCodes(message)).toEqual(tellsWhy ? [EdeCode.SIGNATURE_EXPIRED] : []);
        });
      }
    }
  });
}
