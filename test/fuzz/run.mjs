// `npm run test:fuzz`: random and mutated packets against the built program. See main.ts.
import { runCompiled } from '../support/compile.mjs';

await runCompiled('test/fuzz/main.ts');
