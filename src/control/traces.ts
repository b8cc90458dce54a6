// The one trace that may run: its lines go to the caller who asked for it, until that caller goes or another trace begins.
import type { NamePattern } from '../wire/name-pattern.ts';
import { type CallersFile, type CommandAnswer, done } from './command.ts';
import type { ControlTarget } from './target.ts';

/** Octets of lines that may wait for a caller who does not read; further lines are counted and left out. */
const MAX_BACKLOG_OCTETS = 4 * 1024 * 1024;

export class Traces {
  private endCurrent: (() => void) | undefined;

  /** Traces until the caller goes, or until another trace or `end` takes its place. */
  async run(target: ControlTarget, names: NamePattern, file: CallersFile): Promise<CommandAnswer> {
    this.end();
    let leftOut = 0;
    const endTrace = target.trace(names, (line) => {
      if (file.backlogOctets > MAX_BACKLOG_OCTETS) {
        leftOut++;
        return;
      }
      const gap = leftOut === 0 ? '' : `; ${leftOut} lines left out, the reader was too slow\n`;
      leftOut = 0;
      void file.write(`${gap}${line}\n`);
    });
    let end: () => void = () => {};
    const replaced = new Promise<void>((resolve) => {
      // The old trace ends before a new one begins, so that it cannot end that.
      end = () => {
        this.endCurrent = undefined;
        endTrace();
        resolve();
      };
    });
    this.endCurrent = end;
    await Promise.race([file.gone, replaced]);
    if (this.endCurrent === end) end();
    return done('ok');
  }

  /** Ends the trace that runs, if one does. */
  end(): void {
    this.endCurrent?.();
  }
}
