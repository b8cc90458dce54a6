// The file that a control command writes to: made by the caller, never in the place of another; `-` is standard output.
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { Terminal } from '../terminal.ts';

/** As PowerDNS makes them: readable and writable for owner and group. */
const FILE_MODE = 0o660;

export interface OpenedFile {
  write(text: string): void | Promise<void>;
  /** `wanted` is false when the command has failed: then a file without content is removed. */
  close(wanted: boolean): void;
}

/** Opens it; throws the operating system's error, also when the file is there already. */
export function openCallersFile(path: string, terminal: Terminal): OpenedFile {
  if (path === '-') {
    return {
      write: (text) => {
        terminal.out(withoutControls(text));
        return standardOutputDrained();
      },
      close: () => {},
    };
  }
  const descriptor = openSync(path, 'wx', FILE_MODE);
  let isEmpty = true;
  return {
    write: (text) => {
      const octets = new TextEncoder().encode(text);
      isEmpty &&= octets.length === 0;
      for (let offset = 0; offset < octets.length; ) offset += writeSync(descriptor, octets, offset);
    },
    close: (wanted) => {
      closeSync(descriptor);
      if (isEmpty && !wanted) unlinkSync(path);
    },
  };
}

/**
 * What servers and clients have sent may be in an answer: no octet of it steers the terminal (SECURITY A-08). Line feeds and
 * tabs are ours.
 */
export function withoutControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

const CONTROLS = /[^\P{Cc}\t\n]/gu;

/** Undefined when standard output takes more; otherwise resolves when it does, or when its reader has gone. */
export function standardOutputDrained(): undefined | Promise<void> {
  const { stdout } = process;
  if (!stdout.writableNeedDrain || stdout.destroyed) return undefined;
  return new Promise((resolve) => {
    const end = (): void => {
      stdout.off('drain', end);
      stdout.off('close', end);
      resolve();
    };
    stdout.once('drain', end);
    stdout.once('close', end);
  });
}
