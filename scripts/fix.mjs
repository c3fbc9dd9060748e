import { helpFor, prepare, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm run fix

Mends what the formatter and the linter can: writes to the files of this folder.`);
takesOnly();

await prepare();
process.exitCode = (await run('prettier', ['--write', '.'])) || (await run('eslint', ['--fix', '.']));
