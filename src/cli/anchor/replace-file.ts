// Replaces the content of a configuration file so that it is whole at every moment: whoever reads it sees the old text or
// the new one, also after a power cut.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

export type Replacement = { readonly ok: true } | { readonly ok: false; readonly error: string };

/** Mode of a file that did not exist. */
const NEW_FILE_MODE = 0o644;

/**
 * Writes a file through a temporary one beside it. Mode and owner stay; a symbolic link stays one and its target is
 * replaced. `check` may refuse the temporary file, with a text that says why; then nothing has changed.
 */
export function replaceFile(
  file: string,
  text: string,
  check: (temporaryFile: string) => string | undefined = () => undefined,
): Replacement {
  let temporary: string | undefined;
  try {
    const present = statOf(file);
    const target = present === undefined ? file : realpathSync(file);
    // The extension stays: some files are known by it.
    const path = join(dirname(target), `.kedge-${process.pid}-${basename(target)}`);
    const descriptor = openSync(path, 'wx', 0o600);
    temporary = path;
    try {
      writeAll(descriptor, new TextEncoder().encode(text));
      fchmodSync(descriptor, (present?.mode ?? NEW_FILE_MODE) & 0o7777);
      keepOwner(descriptor, present);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    const refusal = check(temporary);
    if (refusal !== undefined) return { ok: false, error: refusal };
    renameSync(temporary, target);
    temporary = undefined;
    syncDirectory(dirname(target));
    return { ok: true };
  } catch (error) {
    return { ok: false, error: `cannot write ${file}: ${reasonOf(error)}` };
  } finally {
    if (temporary !== undefined) removeQuietly(temporary);
  }
}

function statOf(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

function writeAll(descriptor: number, octets: Uint8Array): void {
  for (let written = 0; written < octets.length; ) written += writeSync(descriptor, octets, written);
}

/** A file of another owner can only be replaced by one who may give files away; else its owner would change. */
function keepOwner(descriptor: number, present: Stats | undefined): void {
  if (present === undefined) return;
  const isOurs = present.uid === process.getuid?.() && present.gid === process.getgid?.();
  if (!isOurs) fchownSync(descriptor, present.uid, present.gid);
}

/** The new directory entry, too, must survive a power cut; a file system that cannot do that is none of ours to blame. */
function syncDirectory(directory: string): void {
  try {
    const descriptor = openSync(directory, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The file itself is in place.
  }
}

function removeQuietly(file: string): void {
  try {
    unlinkSync(file);
  } catch {
    // Nothing depends on it.
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'its directory does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied (run this as the owner of the file, or as root)';
  if (code === 'EROFS') return 'the file system is read-only';
  if (code === 'ENOSPC') return 'no space is left';
  if (code === 'EEXIST') return 'another run is writing it';
  return error instanceof Error ? error.message : String(error);
}
