// The foreign function interface: an optional package with binaries of its own, loaded here and nowhere else. Who calls
// through it checks every length before, because a wrong one is a crash and no error.
import { createRequire } from 'node:module';

export interface Koffi {
  /** The symbols of a library; null for those of the program itself, with the libraries that it was started with. */
  load(path: string | null): NativeLibrary;
  /** `errno` as the last call left it. */
  errno(): number;
  /** Where memory lies in this process. */
  address(memory: Uint8Array): bigint | number;
}

export interface NativeLibrary {
  /** The function that a C declaration names; throws when the library has none of that name. */
  func(declaration: string): (...args: number[]) => number;
}

let loaded: Koffi | null | undefined;

/** The package; undefined when it is not installed, or not for this system. */
export function loadKoffi(): Koffi | undefined {
  if (loaded === undefined) {
    try {
      loaded = createRequire(import.meta.url)('koffi') as Koffi;
    } catch {
      loaded = null;
    }
  }
  return loaded ?? undefined;
}
