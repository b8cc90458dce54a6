import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Log, type LogOptions, patientSink } from '../../src/telemetry/log.ts';

function logTo(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs };
  const log = new Log({ level: 'info', format: 'text', timestamps: false, ...options }, clock, {
    write: (line) => void lines.push(line),
  });
  return { log, lines, clock };
}

describe('lines for people', () => {
  const rows: { name: string; write: (log: Log) => void; want: string }[] = [
    {
      name: 'level, message and fields',
      write: (log) => log.info('listening', { address: '127.0.0.1:53', transports: ['udp', 'tcp'], recurse: false }),
      want: 'info  listening address=127.0.0.1:53 transports=udp,tcp recurse=false\n',
    },
    { name: 'fields that are absent', write: (log) => log.warn('x', { why: undefined }), want: 'warn  x\n' },
    {
      name: 'values with spaces are quoted',
      write: (log) => log.error('x', { why: 'a "b"' }),
      want: 'error x why="a \\"b\\""\n',
    },
    {
      name: 'control octets never reach a terminal (SECURITY A-08)',
      write: (log) => log.info('x', { name: '\u001b[31m\nfake line\u009b', list: ['\u0007'] }),
      want: 'info  x name="\\u001b[31m\\nfake line\\u009b" list=\\u0007\n',
    },
  ];
  for (const { name, write, want } of rows) {
    test(name, () => {
      const { log, lines } = logTo();
      write(log);
      expect(lines).toEqual([want]);
    });
  }

  test('the time comes first when it is wanted', () => {
    const { log, lines } = logTo({ timestamps: true });
    log.info('x');
    expect(lines[0]).toMatch(/^[0-9-]+T[0-9:.]+Z info {2}x\n$/);
  });
});

test('lines for machines are JSON objects', () => {
  const { log, lines } = logTo({ format: 'json', timestamps: true });
  log.warn('trust anchor', { zone: '.', keyTags: [20326, 38696] });
  const parsed = JSON.parse(lines[0] ?? '');
  expect(parsed).toMatchObject({ level: 'warn', message: 'trust anchor', zone: '.', keyTags: [20326, 38696] });
  expect(Date.parse(parsed.time)).not.toBeNaN();
  expect(lines[0]?.match(/\n/g)).toHaveLength(1);
});

test('levels below the chosen one are left out', () => {
  const { log, lines } = logTo({ level: 'warn' });
  log.info('a');
  log.debug('b');
  log.warn('c');
  log.always('info', 'd');
  expect(lines).toEqual(['warn  c\n']);
  expect(log.suppressedLines).toBe(0);
});

describe('rate limit', () => {
  test('ten lines of one message a minute; the next line tells how many were left out', () => {
    const { log, lines, clock } = logTo();
    for (let index = 0; index < 25; index++) log.info('flood', { index });
    log.info('another');
    expect(lines).toHaveLength(11);
    expect(log.suppressedLines).toBe(15);
    clock.nowMs = 60_000;
    log.info('flood', { index: 25 });
    expect(lines.at(-1)).toBe('info  flood index=25 suppressed=15\n');
  });

  test('keys of the caller’s choice', () => {
    const { log, lines } = logTo();
    for (let index = 0; index < 20; index++) log.limited('warn', `zone ${index % 2}`, 'bogus data');
    expect(lines).toHaveLength(20);
    log.limited('warn', 'zone 1', 'bogus data');
    expect(lines).toHaveLength(20);
  });

  test('wanted lines have none, and many keys take no unbounded memory', () => {
    const { log, lines } = logTo();
    for (let index = 0; index < 50; index++) log.always('info', 'question');
    expect(lines).toHaveLength(50);
    for (let index = 0; index < 5000; index++) log.limited('info', `key ${index}`, 'x');
    expect(lines).toHaveLength(5050);
  });
});

describe('several lines', () => {
  test('are written together, and what fails in between loses none', () => {
    const { log, lines } = logTo();
    expect(() =>
      log.together(() => {
        log.info('a');
        log.together(() => log.info('b'));
        log.info('c');
        throw new Error('in between');
      }),
    ).toThrow('in between');
    log.info('d');
    expect(lines).toEqual(['info  a\ninfo  b\ninfo  c\n', 'info  d\n']);
  });

  test('for which there is no room do no harm', () => {
    const full = openSync('/dev/full', 'w');
    const log = new Log(
      { level: 'info', format: 'json', timestamps: false },
      { monotonicMs: () => 0 },
      patientSink(full),
    );
    for (let line = 0; line < 3; line++) log.always('info', 'nobody reads this', { text: 'x'.repeat(400_000) });
    closeSync(full);
  });
});
