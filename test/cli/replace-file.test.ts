import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replaceFile } from '../../src/cli/anchor/replace-file.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'kedge-replace-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const file = (): string => join(directory, 'a.yml');

describe('replacing a file', () => {
  test.runIf(process.getuid?.() === 0)('mode and owner stay', () => {
    writeFileSync(file(), 'old');
    chmodSync(file(), 0o600);
    chownSync(file(), 1, 2);
    expect(replaceFile(file(), 'new')).toEqual({ ok: true });
    const { uid, gid, mode } = statSync(file());
    expect([uid, gid, mode & 0o7777]).toEqual([1, 2, 0o600]);
    expect(readFileSync(file(), 'utf8')).toBe('new');
    expect(readdirSync(directory)).toEqual(['a.yml']);
  });

  test('a new file can be read by everybody', () => {
    expect(replaceFile(file(), 'new')).toEqual({ ok: true });
    expect(statSync(file()).mode & 0o7777).toBe(0o644);
  });

  test('a check that refuses leaves everything as it was', () => {
    writeFileSync(file(), 'old');
    const seen: string[] = [];
    const result = replaceFile(file(), 'new', (temporary) => {
      seen.push(readFileSync(temporary, 'utf8'), readFileSync(file(), 'utf8'));
      return 'not like this';
    });
    expect(result).toEqual({ ok: false, error: 'not like this' });
    expect(seen).toEqual(['new', 'old']);
    expect(readFileSync(file(), 'utf8')).toBe('old');
    expect(readdirSync(directory)).toEqual(['a.yml']);
  });

  test('a directory that is not there', () => {
    expect(replaceFile(join(directory, 'none/a.yml'), 'new')).toEqual({
      ok: false,
      error: `cannot write ${join(directory, 'none/a.yml')}: its directory does not exist`,
    });
  });
});
