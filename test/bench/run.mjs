// `npm run bench`: what kedge costs, beside other resolvers where they are installed. See main.ts.
import { runCompiled } from '../support/compile.mjs';

await runCompiled('test/bench/main.ts');
