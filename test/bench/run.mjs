// `npm run bench`: what kedge costs, beside Unbound where it is installed. See main.ts.
import { runCompiled } from '../support/compile.mjs';

await runCompiled('test/bench/main.ts');
