// What was forgotten while work was under way. A task that began before does not put back what it found out under the old
// configuration: data, trust and failures of forgotten names that it brings are used for its own clients and not kept.
import { Region } from '../cache/region.ts';
import { DomainName } from '../wire/name.ts';

/** Wipes remembered one by one. Tasks older than all of them keep nothing at all: they end within seconds. */
const MAX_REMEMBERED = 256;

/** Whether what has been found out about a name may be kept. */
export type Keeps = (name: DomainName) => boolean;

export const keepsAll: Keeps = () => true;

export class Wipes {
  /** Counts the wipes; a task carries the number at its beginning. */
  generation = 0;
  /** One for all tasks that begin between two wipes: most of them see none. */
  private current: Keeps = this.keepsOf(0);
  private readonly recent: { readonly generation: number; readonly region: Region }[] = [];

  add(region: Region): void {
    this.generation++;
    this.current = this.keepsOf(this.generation);
    if (this.recent.length >= MAX_REMEMBERED) {
      const last = this.recent.at(-1)?.generation ?? 0;
      this.recent.splice(0, this.recent.length, { generation: last, region: Region.below(DomainName.root) });
    }
    this.recent.push({ generation: this.generation, region });
  }

  /** Whether a name was forgotten after the generation given. Costs one comparison when nothing was. */
  hasOutdated(generation: number, name: DomainName): boolean {
    if (generation === this.generation) return false;
    for (let index = this.recent.length - 1; index >= 0; index--) {
      const wipe = this.recent[index];
      if (wipe === undefined || wipe.generation <= generation) return false;
      if (wipe.region.covers(name)) return true;
    }
    return false;
  }

  /** What a task that begins now will be allowed to keep, as long as it lasts. */
  keepsFromNow(): Keeps {
    return this.current;
  }

  private keepsOf(generation: number): Keeps {
    return (name) => !this.hasOutdated(generation, name);
  }
}
