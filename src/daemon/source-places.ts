// Where a fault stands in the sources. The program runs from few large files; their maps lead back, and are read only when
// there is a stack to be shown: `node --enable-source-maps` would read them at every start.
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Places in a stack that can be followed: files of this program. */
const PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/** By file; undefined where there is no map, or none that can be read. */
const maps = new Map<string, SourceMap | undefined>();

/**
 * The same stack with the places in the sources, as far as there are maps. `program` is a file beside which maps lie for
 * files that are not where they were.
 */
export function withSourcePlaces(stack: string, program: string = import.meta.url): string {
  return stack.replace(PLACE, (place, file: string, line: string, column: string) => {
    // Stacks count from one, maps from nought.
    const entry = mapOf(file, program)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalSource' in entry)) return place;
    return `${shortened(entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** From the program's folder on: `src/resolver/resolver.ts`. */
function shortened(source: string): string {
  return source.replace(/^(?:\.\.\/)+/, '');
}

function mapOf(file: string, program: string): SourceMap | undefined {
  // V8 may name a script by the place where it was compiled; what is in it says the rest of the name.
  if (!maps.has(file)) maps.set(file, readMap(file) ?? readMap(beside(program, file)));
  return maps.get(file);
}

function beside(program: string, file: string): string {
  return new URL(file.slice(file.lastIndexOf('/') + 1), program).href;
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(file)}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}
