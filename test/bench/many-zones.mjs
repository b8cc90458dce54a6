// `npm run bench:zones`: what ten thousand forward zones cost, at the start and for each query. See many-zones.ts.
import { runCompiled } from '../support/compile.mjs';

await runCompiled('test/bench/many-zones.ts');
