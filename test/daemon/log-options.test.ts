// The level of the log, from syslog's number and from what asks for lines of its own.
import { describe, expect, it } from 'vitest';
import { logLevel } from '../../src/daemon/log-options.ts';
import { configOf } from './support/daemons.ts';

describe('the level of the log', () => {
  const rows = [
    { logging: { loglevel: 0 }, want: 'error' },
    { logging: { loglevel: 3 }, want: 'error' },
    { logging: { loglevel: 4 }, want: 'warn' },
    { logging: { loglevel: 5 }, want: 'info' },
    { logging: {}, want: 'info' },
    { logging: { loglevel: 7 }, want: 'debug' },
    { logging: { loglevel: 3, quiet: false }, want: 'info' },
    { logging: { loglevel: 7, quiet: false }, want: 'debug' },
    { logging: { loglevel: 4, trace: 'fail' }, want: 'info' },
    { logging: { loglevel: 0, trace: 'yes' }, want: 'info' },
    { logging: { loglevel: 3, trace: 'no', quiet: true }, want: 'error' },
  ] as const;
  for (const { logging, want } of rows) {
    it(`${JSON.stringify(logging)}: ${want}`, () => {
      const { logging: defaults } = configOf();
      expect(logLevel({ logging: { ...defaults, ...logging } })).toBe(want);
    });
  }
});
