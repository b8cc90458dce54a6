import { afterAll, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { directoryWith } from '../daemon/support/daemons.ts';

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      err += text;
    },
  });
  return { code, out, err };
}

const files = directoryWith({
  'good.yml': 'incoming:\n  port: 5335\n',
  'odd.yml': 'recursor:\n  rng: auto2\n',
  'bad.yml': 'incoming:\n  port: many\ndnssec:\n  validation: maybe\n',
  'no-hints.yml': 'recursor:\n  hint_file: nowhere.hints\n',
  'bad-record.yml': "kedge:\n  local_data: ['x A nowhere']\n",
});
afterAll(() => files.remove());

describe('arguments', () => {
  test('--version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: '' });
  });

  test('--help names every command', async () => {
    const { code, out } = await run('--help');
    expect(code).toBe(0);
    for (const command of ['serve', 'check-config', 'query']) expect(out).toContain(command);
  });

  for (const command of ['serve', 'check-config', 'query']) {
    test(`${command} --help`, async () => {
      const { code, out } = await run(command, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`kedge ${command}`);
    });
  }

  const wrong: [name: string, args: string[], message: RegExp][] = [
    ['nothing', [], /Usage: kedge/],
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'/],
    ['an unknown option', ['check-config', '--frob', 'x'], /unknown option '--frob'/],
    ['a missing argument', ['check-config'], /missing required argument 'file'/],
    ['a query without a name', ['query'], /missing required argument 'words'/],
    ['serve with a stray word', ['serve', 'off'], /'off' is no setting; settings are written --NAME=VALUE/],
    ['serve with an unknown setting', ['serve', '--local-prot=53'], /unknown setting; did you mean --/],
    ['serve with a bad value', ['serve', '--local-port=many'], /command line:1:\d+: incoming\.port/],
  ];
  for (const [name, args, message] of wrong) {
    test(`${name}: exit code 2`, async () => {
      const { code, err } = await run(...args);
      expect(code).toBe(2);
      expect(err).toMatch(message);
    });
  }
});

describe('serve with a configuration that is wrong: exit code 1, file and line', () => {
  const rows: [name: string, file: string, message: RegExp][] = [
    ['wrong values, all of them', 'bad.yml', /bad\.yml:2:9: incoming\.port: .*\n.*bad\.yml:4:15: dnssec\.validation: /],
    ['no file', 'none.yml', /none\.yml: it does not exist/],
  ];
  for (const [name, file, message] of rows) {
    test(name, async () => {
      const { code, err } = await run('serve', '--config', files.path(file));
      expect(code).toBe(1);
      expect(err).toMatch(message);
    });
  }
});

describe('check-config', () => {
  const rows: { file: string; code: number; out: RegExp[] }[] = [
    { file: 'good.yml', code: 0, out: [/good\.yml is valid: 0 errors, 0 warnings/] },
    { file: 'odd.yml', code: 0, out: [/^warning: .*odd\.yml:2:\d+: recursor\.rng: has no effect/m, /1 warning$/m] },
    {
      file: 'bad.yml',
      code: 1,
      out: [/^error: .*bad\.yml:2:9: incoming\.port/m, /^error: .*bad\.yml:4:15: dnssec/m, /is not valid: 2 errors/],
    },
    { file: 'none.yml', code: 1, out: [/it does not exist/] },
    { file: 'no-hints.yml', code: 1, out: [/root hints .*nowhere\.hints: it does not exist/] },
    { file: 'bad-record.yml', code: 1, out: [/kedge\.local_data: 'x A nowhere'/] },
  ];
  for (const { file, code, out } of rows) {
    test(`${file}: exit code ${code}`, async () => {
      const result = await run('check-config', files.path(file));
      expect(result.code).toBe(code);
      for (const part of out) expect(result.out).toMatch(part);
    });
  }

  test('--json', async () => {
    const { code, out } = await run('check-config', '--json', files.path('bad.yml'));
    expect(code).toBe(1);
    const report = JSON.parse(out);
    expect(report.valid).toBe(false);
    expect(report.findings).toHaveLength(2);
    expect(report.findings[0]).toMatchObject({ severity: 'error', line: 2, column: 9, path: 'incoming.port' });
  });

  test('the shipped configurations are valid', async () => {
    for (const file of ['config/start.yml', 'config/recursor.yml']) {
      expect((await run('check-config', file)).code, file).toBe(0);
    }
  });
});
