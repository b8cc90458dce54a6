// Regular expressions over names, as POSIX has them (extended, letter case ignored), matched in linear time: all states in
// which the expression may be move on together, one character after the other, so that none makes the program stand
// still. What cannot be had that way (what was matched before, looking ahead) is refused, with a remark.
import { type PatternNode, PatternSyntaxError, parsePattern } from './name-pattern-syntax.ts';

/** Tells names by their text. Every `RegExp` is one, too. */
export interface NamePattern {
  /** As it was given. */
  readonly source: string;
  test(text: string): boolean;
}

export type NamePatternResult =
  | { readonly ok: true; readonly pattern: NamePattern }
  | { readonly ok: false; readonly error: string };

/** Longest expression. */
export const MAX_PATTERN_LENGTH = 512;
/** Most steps that an expression may come to, its repetitions written out: each character costs that many at most. */
const MAX_STEPS = 500;
/** Most parts visited while repetitions are written out: there may be many, and each without a step. */
const MAX_VISITS = 10_000;

/** One step of the program that an expression becomes. Numbers are indexes of steps. */
type Step =
  /** One character of a set, then the next step. */
  | { readonly kind: 'one'; readonly set: Uint8Array }
  /** Both ways at once. */
  | { readonly kind: 'fork'; first: number; second: number }
  | { readonly kind: 'jump'; to: number }
  /** Goes on at the beginning of the text only, or at its end. */
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'found' };

/** Reads an expression. The error is one line for the operator. */
export function parseNamePattern(source: string): NamePatternResult {
  if (source.length > MAX_PATTERN_LENGTH) {
    return { ok: false, error: `the expression is longer than ${MAX_PATTERN_LENGTH} characters` };
  }
  try {
    const steps = new Program().compile(parsePattern(source));
    return { ok: true, pattern: new LinearPattern(source, steps) };
  } catch (error) {
    if (error instanceof PatternSyntaxError) return { ok: false, error: error.message };
    throw error;
  }
}

/** Writes steps, with repetitions written out, as far as the bounds allow. */
class Program {
  private readonly steps: Step[] = [];
  private visits = 0;

  compile(node: PatternNode): readonly Step[] {
    this.write(node);
    this.add({ kind: 'found' });
    return this.steps;
  }

  private add<S extends Step>(step: S): S {
    if (this.steps.push(step) > MAX_STEPS) throw tooLarge();
    return step;
  }

  private write(node: PatternNode): void {
    if (++this.visits > MAX_VISITS) throw tooLarge();
    switch (node.kind) {
      case 'one':
        this.add({ kind: 'one', set: node.set });
        return;
      case 'begin':
      case 'end':
        this.add({ kind: node.kind });
        return;
      case 'all':
        for (const part of node.parts) this.write(part);
        return;
      case 'any':
        this.writeAny(node.parts);
        return;
      case 'repeat':
        for (let count = 0; count < node.least; count++) this.write(node.part);
        if (node.most === undefined) this.writeLoop(node.part);
        else this.writeOptional(node.part, node.most - node.least);
        return;
      default:
        node satisfies never;
    }
  }

  private writeAny(parts: readonly PatternNode[]): void {
    const jumps: { to: number }[] = [];
    for (const [index, part] of parts.entries()) {
      if (index === parts.length - 1) {
        this.write(part);
        break;
      }
      const fork = this.add({ kind: 'fork', first: this.steps.length + 1, second: 0 });
      this.write(part);
      jumps.push(this.add({ kind: 'jump', to: 0 }));
      fork.second = this.steps.length;
    }
    for (const jump of jumps) jump.to = this.steps.length;
  }

  private writeLoop(part: PatternNode): void {
    const start = this.steps.length;
    const fork = this.add({ kind: 'fork', first: start + 1, second: 0 });
    this.write(part);
    this.add({ kind: 'jump', to: start });
    fork.second = this.steps.length;
  }

  private writeOptional(part: PatternNode, most: number): void {
    const forks: { second: number }[] = [];
    for (let count = 0; count < most; count++) {
      forks.push(this.add({ kind: 'fork', first: this.steps.length + 1, second: 0 }));
      this.write(part);
    }
    for (const fork of forks) fork.second = this.steps.length;
  }
}

function tooLarge(): PatternSyntaxError {
  return new PatternSyntaxError(
    `the expression is too large with its repetitions written out (more than ${MAX_STEPS} steps)`,
  );
}

/** What a step is, in `kinds` below. */
const ONE = 0;
const FORK = 1;
const JUMP = 2;
const BEGIN = 3;
const END = 4;
const FOUND = 5;

class LinearPattern implements NamePattern {
  readonly source: string;
  // The steps, as arrays of numbers: a name passes through thousands of them.
  private readonly kinds: Uint8Array;
  /** Where a fork or a jump goes on. */
  private readonly first: Int32Array;
  private readonly second: Int32Array;
  private readonly sets: readonly Uint8Array[];
  /** The position at which a step was last reached, so that none is followed twice there. */
  private readonly reachedAt: Int32Array;
  /** Steps still to be followed: a fork leaves one here each time it is reached, and none is reached twice. */
  private readonly pending: Int32Array;
  /** Steps of one character in which the expression may be, and how many there are; two lists that take turns. */
  private states: Int32Array;
  private nextStates: Int32Array;
  private count = 0;

  constructor(source: string, steps: readonly Step[]) {
    const { length } = steps;
    this.source = source;
    this.kinds = Uint8Array.from(steps, kindOf);
    this.first = Int32Array.from(steps, (step) =>
      step.kind === 'fork' ? step.first : step.kind === 'jump' ? step.to : 0,
    );
    this.second = Int32Array.from(steps, (step) => (step.kind === 'fork' ? step.second : 0));
    const none = new Uint8Array(0);
    this.sets = steps.map((step) => (step.kind === 'one' ? step.set : none));
    this.reachedAt = new Int32Array(length);
    this.pending = new Int32Array(length + 1);
    this.states = new Int32Array(length);
    this.nextStates = new Int32Array(length);
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    const { length } = text;
    this.reachedAt.fill(-1);
    this.count = 0;
    for (let position = 0; position <= length; position++) {
      // A match may begin at each character.
      if (this.follow(0, position, length, this.states)) return true;
      if (position === length) break;
      const octet = Math.min(text.charCodeAt(position), 0xff);
      const { states, nextStates, count } = this;
      this.count = 0;
      for (let index = 0; index < count; index++) {
        const state = states[index] ?? 0;
        if (this.sets[state]?.[octet] === 1 && this.follow(state + 1, position + 1, length, nextStates)) return true;
      }
      this.states = nextStates;
      this.nextStates = states;
    }
    return false;
  }

  /** Adds to `states` the steps of one character that can be reached without one; true when the end can be. */
  private follow(from: number, position: number, length: number, states: Int32Array): boolean {
    const { kinds, first, second, reachedAt, pending } = this;
    let waiting = 0;
    pending[waiting++] = from;
    while (waiting > 0) {
      let step = pending[--waiting] ?? 0;
      while (reachedAt[step] !== position) {
        reachedAt[step] = position;
        const kind = kinds[step];
        if (kind === FOUND) return true;
        if (kind === ONE) states[this.count++] = step;
        else if (kind === JUMP) step = first[step] ?? 0;
        else if (kind === FORK) {
          pending[waiting++] = second[step] ?? 0;
          step = first[step] ?? 0;
        } else if (position === (kind === BEGIN ? 0 : length)) step++;
      }
    }
    return false;
  }
}

function kindOf({ kind }: Step): number {
  return { one: ONE, fork: FORK, jump: JUMP, begin: BEGIN, end: END, found: FOUND }[kind];
}
