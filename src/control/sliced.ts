// Writes many lines without keeping queries waiting: a slice at a time, and never more than the reader takes.
import type { CallersFile } from './command.ts';

/** A slice ends after so many milliseconds or lines, whichever comes first. */
const SLICE_MS = 1;
const SLICE_LINES = 500;

/** Writes all lines; stops early when the caller has gone. */
export async function writeSliced(lines: Iterable<string>, file: CallersFile): Promise<void> {
  let slice: string[] = [];
  let startedMs = performance.now();
  for (const line of lines) {
    slice.push(line);
    if (slice.length < SLICE_LINES && performance.now() - startedMs < SLICE_MS) continue;
    const isThere = await file.write(`${slice.join('\n')}\n`);
    if (!isThere) return;
    await new Promise((resolve) => setImmediate(resolve));
    slice = [];
    startedMs = performance.now();
  }
  if (slice.length > 0) await file.write(`${slice.join('\n')}\n`);
}
