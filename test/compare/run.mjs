// `npm run compare`: the same questions to kedge and to the resolvers installed here. See main.ts.
import { runCompiled } from '../support/compile.mjs';

await runCompiled('test/compare/main.ts');
