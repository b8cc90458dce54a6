// The pid file (`recursor.write_pid`): beside the control socket, under PowerDNS's name.
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pidFilePath } from '../control/socket-path.ts';
import type { Log } from '../telemetry/log.ts';
import { fileProblem } from './start-error.ts';

/** Writes it into the directory of the control socket; scripts look for it there. Returns how to remove it. */
export function writePidFile(controlSocket: string, configName: string, log: Log): () => void {
  const path = pidFilePath(dirname(controlSocket), configName);
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  } catch (error) {
    // Nothing depends on it.
    log.always('warn', 'the pid file cannot be written', { path, why: fileProblem(error) });
    return () => {};
  }
  return () => removePidFile(path);
}

/** Removes it unless another process has written its own meanwhile. */
function removePidFile(path: string): void {
  try {
    if (readFileSync(path, 'utf8').trim() === String(process.pid)) unlinkSync(path);
  } catch {
    // It is gone, or the directory is out of reach since rights were given up: nothing to put right.
  }
}
