// `kedge check-config`, `kedge convert-config` and the options of `kedge serve` that say where the configuration is.
import { readFileSync } from 'node:fs';
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

const old = directoryWith({
  'recursor.conf': '# ours\nlocal-port=5335\nforward-zones=february.local=127.0.0.1:5300\n',
  'recursor-bad.conf': 'local-prot=1\nlua-config-file=a.lua\n',
  'a.lua': '\naddTa("x")\n',
});
const empty = directoryWith({});
afterAll(() => {
  old.remove();
  empty.remove();
});

describe('check-config', () => {
  test('takes a directory, and prints lines to paste', async () => {
    const { code, out } = await run('check-config', old.path('.'));
    expect(code).toBe(0);
    expect(out).toMatch(/^warning: .*recursor\.conf:3:15: .*february\.local will be bogus/m);
    expect(out).toMatch(/^ {4}if it is not, .*: addNTA\("february\.local", "internal unsigned zone"\)$/m);
  });

  test('--json has them too', async () => {
    const { out } = await run('check-config', '--json', old.path('recursor.conf'));
    const [finding] = JSON.parse(out).findings;
    expect(finding).toMatchObject({ severity: 'warning', line: 3, path: 'recursor.forward_zones' });
    expect(finding.remedies).toHaveLength(2);
  });

  test('finds errors in the file and in Lua at once', async () => {
    const { code, out } = await run('check-config', old.path('recursor-bad.conf'));
    expect(code).toBe(1);
    expect(out).toMatch(/recursor-bad\.conf:1:1: unknown setting 'local-prot'; did you mean local-port\?/);
    expect(out).toMatch(/a\.lua:2:\d+: /);
    expect(out).toMatch(/is not valid: 2 errors/);
  });

  test('finds what would stop the start beside errors, with its place', async () => {
    const { path, remove } = directoryWith({
      'recursor.conf': 'local-prot=53\nhint-file=/nowhere\nauth-zones=lan=/nowhere\nsocket-mode=0999\n',
    });
    const { out } = await run('check-config', path('recursor.conf'));
    remove();
    expect(out).toContain("conf:1:1: unknown setting 'local-prot'");
    expect(out).toMatch(/conf:2:11: .*root hints \/nowhere: it does not exist\. Correct recursor\.hint_file/);
    expect(out).toMatch(/conf:3:12: recursor\.auth_zones: lan: cannot read \/nowhere/);
    expect(out).toMatch(/conf:4:13: recursor\.socket_mode: '0999' is no octal mode\. Write/);
    expect(out).toMatch(/is not valid: 4 errors/);
  });

  test('a directory without a configuration: exit code 1', async () => {
    const { code, out } = await run('check-config', empty.path('.'));
    expect(code).toBe(1);
    expect(out).toContain('there is neither');
  });

  test('without an argument: exit code 2', async () => {
    expect((await run('check-config')).code).toBe(2);
  });
});

describe('convert-config', () => {
  test('writes YAML to standard output', async () => {
    const { code, out, err } = await run('convert-config', old.path('.'));
    expect([code, err]).toEqual([0, '']);
    expect(out.replace(/^# Converted from .*$/m, '# Converted')).toBe(
      '# Converted\n\nincoming:\n  # ours\n  port: 5335\n\nrecursor:\n  forward_zones:\n' +
        '    - zone: february.local.\n      forwarders: [127.0.0.1:5300]\n',
    );
  });

  test('--output writes a new file, and does not overwrite', async () => {
    const output = empty.path('new.yml');
    expect(await run('convert-config', old.path('.'), '--output', output)).toEqual({ code: 0, out: '', err: '' });
    expect(readFileSync(output, 'utf8')).toContain('port: 5335');
    const again = await run('convert-config', old.path('.'), '--output', output);
    expect(again.code).toBe(1);
    expect(again.err).toContain('it exists already');
  });

  test('prints errors instead of a half configuration', async () => {
    const { code, out, err } = await run('convert-config', old.path('recursor-bad.conf'));
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/kedge: .*recursor-bad\.conf:1:1: unknown setting/);
  });
});

describe('serve', () => {
  const rows: { name: string; args: string[]; code: number; message: RegExp }[] = [
    { name: 'a directory with nothing', args: ['--config-dir', empty.path('.')], code: 1, message: /there is neither/ },
    { name: 'a directory as --config', args: ['--config', empty.path('.')], code: 1, message: /there is neither/ },
    {
      name: 'a name',
      args: [`--config-dir=${old.path('.')}`, '--config-name=bad'],
      code: 1,
      message: /recursor-bad\.conf:1:1: unknown setting/,
    },
    {
      name: 'a Lua file of the command line',
      args: ['--config', old.path('recursor.conf'), `--lua-config-file=${old.path('a.lua')}`],
      code: 1,
      message: /a\.lua:2:\d+: /,
    },
  ];
  for (const { name, args, code, message } of rows) {
    test(name, async () => {
      const result = await run('serve', ...args);
      expect(result.code).toBe(code);
      expect(result.err).toMatch(message);
    });
  }
});
