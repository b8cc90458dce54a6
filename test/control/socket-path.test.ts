import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  controlSocketPath,
  defaultSocketDirectory,
  findControlSocket,
  pidFilePath,
  type Surroundings,
} from '../../src/control/socket-path.ts';

const root = mkdtempSync(join(tmpdir(), 'kedge-place-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let number = 0;

/** An empty machine. */
function surroundings(): Surroundings & { environment: Record<string, string> } {
  const base = join(root, String(++number));
  const temporaryDirectory = join(base, 'tmp');
  mkdirSync(temporaryDirectory, { recursive: true });
  return {
    environment: {},
    systemDirectory: join(base, 'run'),
    temporaryDirectory,
    userId: process.getuid?.() ?? 0,
  };
}

test('the names are those of PowerDNS', () => {
  expect(controlSocketPath('/run/kedge', '')).toBe('/run/kedge/pdns_recursor.controlsocket');
  expect(controlSocketPath('/run/kedge', 'lan')).toBe('/run/kedge/pdns_recursor-lan.controlsocket');
  expect(pidFilePath('/run/kedge', 'lan')).toBe('/run/kedge/pdns_recursor-lan.pid');
});

describe('the default directory', () => {
  test('the first of $RUNTIME_DIRECTORY', () => {
    const machine = surroundings();
    const first = join(machine.temporaryDirectory, 'first');
    mkdirSync(first);
    machine.environment['RUNTIME_DIRECTORY'] = `${first}:/somewhere/else`;
    expect(defaultSocketDirectory(machine)).toEqual({ ok: true, directory: first });
  });

  test('the directory of the system, when it is there', () => {
    const machine = surroundings();
    mkdirSync(machine.systemDirectory);
    expect(defaultSocketDirectory(machine)).toEqual({ ok: true, directory: machine.systemDirectory });
  });

  test('one below $XDG_RUNTIME_DIR, made for us alone', () => {
    const machine = surroundings();
    machine.environment['XDG_RUNTIME_DIR'] = machine.temporaryDirectory;
    const directory = join(machine.temporaryDirectory, 'kedge');
    expect(defaultSocketDirectory(machine)).toEqual({ ok: true, directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test('a $XDG_RUNTIME_DIR that is not there is passed over', () => {
    const machine = surroundings();
    machine.environment['XDG_RUNTIME_DIR'] = '/nowhere/at/all';
    const directory = join(machine.temporaryDirectory, `kedge-${machine.userId}`);
    expect(defaultSocketDirectory(machine)).toEqual({ ok: true, directory });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  const traps: readonly { name: string; set: (path: string) => void; reason: RegExp }[] = [
    { name: 'a file', set: (path) => writeFileSync(path, ''), reason: /EEXIST|no directory/ },
    { name: 'a link', set: (path) => symlinkSync(tmpdir(), path), reason: /no directory/ },
    {
      name: 'a directory that others may write to',
      set: (path) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
      reason: /others may write to it/,
    },
  ];
  for (const { name, set, reason } of traps) {
    test(`in place of our own directory ${name}: refused`, () => {
      const machine = surroundings();
      set(join(machine.temporaryDirectory, `kedge-${machine.userId}`));
      expect(defaultSocketDirectory(machine)).toEqual({ ok: false, reason: expect.stringMatching(reason) });
    });
  }

  test('a directory of somebody else: refused', () => {
    const machine = { ...surroundings(), userId: 4_000_000 };
    expect(defaultSocketDirectory(machine)).toMatchObject({ ok: false });
  });
});

describe('looking for a socket', () => {
  test('finds it in the first place that has one', () => {
    const machine = surroundings();
    expect(findControlSocket('', machine).path).toBeUndefined();
    const own = join(machine.temporaryDirectory, `kedge-${machine.userId}`);
    mkdirSync(own, { mode: 0o700 });
    writeFileSync(controlSocketPath(own, ''), '');
    expect(findControlSocket('', machine).path).toBe(controlSocketPath(own, ''));
    expect(findControlSocket('lan', machine).path).toBeUndefined();
    mkdirSync(machine.systemDirectory);
    writeFileSync(controlSocketPath(machine.systemDirectory, ''), '');
    expect(findControlSocket('', machine).path).toBe(controlSocketPath(machine.systemDirectory, ''));
  });

  test('makes nothing', () => {
    const machine = surroundings();
    const { places } = findControlSocket('', machine);
    expect(places).toHaveLength(2);
    expect(existsSync(join(machine.temporaryDirectory, `kedge-${machine.userId}`))).toBe(false);
  });
});
