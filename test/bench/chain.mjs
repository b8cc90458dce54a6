// `node test/bench/chain.mjs [ROUNDS]`: what it costs to record chains of trust. Cold resolutions with the program as it is,
// and with a copy whose links are one constant object; in turns, since the machine has other things to do.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../support/compile.mjs';

const rounds = Number(process.argv[2] ?? 41);
const WARMING_ROUNDS = 4;
const entry = 'test/bench/chain.ts';
const file = compile(entry);
const folder = file.slice(0, -entry.length);
const copy = `${folder.replace(/\/$/, '')}-without`;
rmSync(copy, { recursive: true, force: true });
cpSync(folder, copy, { recursive: true });

/** Where links are made, and how many of them there must be: the comparison says nothing when they have moved. */
const makers = { 'zone-keys.js': 1, 'chain-of-trust.js': 1, 'validation.js': 1 };
const stub = "const STUB = Object.freeze({ kind: 'stub' });\n";
for (const [name, least] of Object.entries(makers)) {
  const path = join(copy, 'src/validator', name);
  const text = readFileSync(path, 'utf8');
  let count = 0;
  const stubbed = text
    .replace(/(\n *)const link = \{\n[\s\S]*?\1\};/g, (whole, indent) => {
      if (/kind: 'failure'/.test(whole)) return whole;
      count++;
      return `${indent}const link = STUB;`;
    })
    .replace(/extendChain\((\w+(?:\.\w+)?), \{ kind: 'denial'[^}]*\}\)/g, 'extendChain($1, STUB)');
  if (count < least) throw new Error(`${name}: ${count} links found, ${least} expected`);
  writeFileSync(path, stub + stubbed);
}

// Both in one process, one round each in turn: what else the machine does meets both alike.
const load = async (where) => (await import(join(where, entry.replace(/\.ts$/, '.js')))).coldResolutions();
const runs = [await load(folder), await load(copy)];
const measured = [[], []];
for (let round = -WARMING_ROUNDS; round < rounds; round++) {
  // Whoever goes second finds other caches: they take turns.
  for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
    const microseconds = runs[index]();
    if (round >= 0) measured[index].push(microseconds);
  }
}
// Other work on the machine only adds: the rounds that met least of it are compared.
const tenth = (values) => [...values].sort((left, right) => left - right)[Math.floor(values.length / 10)];
const [recorded, plain] = measured.map(tenth);
const share = ((recorded - plain) / recorded) * 100;
console.log(`CPU us per cold resolution, first decile of ${rounds} rounds: ${recorded.toFixed(0)}, without links`);
console.log(`${plain.toFixed(0)}: recording chains of trust is ${share.toFixed(1)} %`);
process.exit(share < 5 ? 0 : 1);
