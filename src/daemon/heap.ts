// How V8 spends memory and its compiler's time here: set at the start, and as the heap grows.
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';

/**
 * Per cent by which the heap may grow over what lives before it is collected. V8 lets a server's heap double and more;
 * beside a cache of some hundred megabytes that is memory for nothing, and collections are short and mostly concurrent:
 * the cache's accounted bound is to be the process's, not a fraction of it (SECURITY I-11).
 */
const HEAP_GROWING_PERCENT = 25;
/** While the heap is small the same share is soon used up, and collecting costs more than the memory is worth. */
const SMALL_HEAP_GROWING_PERCENT = 100;
const SMALL_HEAP_OCTETS = 64 * 1024 * 1024;
/**
 * The young generation doubles under load, up to 32 MiB in Node.js 20 and 128 in 24: no less processor time is spent then,
 * but each collection takes longer, and cached answers wait for it.
 */
const YOUNG_OCTETS = 8 * 1024 * 1024;
/** Often during a start, which makes the young generation grow; then seldom. */
const FIRST_LOOKS_MS = 25;
const FIRST_LOOKS = 80;
const LOOK_EVERY_MS = 250;

/**
 * Octets of bytecode that the optimising compiler may draw into one function; V8's default is three times that. A resolution
 * passes through some hundred functions that are hot all at once: what is drawn in where it is called is compiled as often
 * as it is called from. A fifth of the compiler's time is saved, and nothing that can be measured is lost.
 */
const INLINED_BYTECODE_OCTETS = 300;

/** Takes effect with the next collections; called once, before anything is cached. */
export function keepHeapSmall(): void {
  setGrowing(SMALL_HEAP_GROWING_PERCENT);
  let isSmall = true;
  let isYoungLarge = false;
  let looks = 0;
  const look = (): void => {
    if (isSmall && getHeapStatistics().used_heap_size >= SMALL_HEAP_OCTETS) {
      isSmall = false;
      setGrowing(HEAP_GROWING_PERCENT);
    }
    // It shrinks when there is nothing to do, and may grow again then.
    if (youngOctets() >= YOUNG_OCTETS !== isYoungLarge) {
      isYoungLarge = !isYoungLarge;
      setFlagsFromString(`--semi-space-growth-factor=${isYoungLarge ? 1 : 2}`);
    }
    const isEarly = !isYoungLarge && ++looks < FIRST_LOOKS;
    setTimeout(look, isEarly ? FIRST_LOOKS_MS : LOOK_EVERY_MS).unref();
  };
  look();
}

function setGrowing(percent: number): void {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

function youngOctets(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}

/** For what is compiled from now on. */
export function compileSparingly(): void {
  setFlagsFromString(`--max-inlined-bytecode-size-cumulative=${INLINED_BYTECODE_OCTETS}`);
}
