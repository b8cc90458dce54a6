// How the heap grows: the cache's accounted bound is to be the process's, not a fraction of it (SECURITY I-11).
import { setFlagsFromString } from 'node:v8';

/**
 * Per cent by which the heap may grow over what lives before it is collected. V8 lets a server's heap double and more;
 * beside a cache of some hundred megabytes that is memory for nothing, and collections are short and mostly concurrent.
 */
const HEAP_GROWING_PERCENT = 25;

/** Takes effect with the next collection; called once, before anything is cached. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
}
