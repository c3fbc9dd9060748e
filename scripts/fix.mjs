import { helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run fix

Mends what the formatter and the linter can: writes to the files of this folder.`);

await prepare();
process.exitCode = (await run('prettier', ['--write', '.'])) || (await run('eslint', ['--fix', '.']));
