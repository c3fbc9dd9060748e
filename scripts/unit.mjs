import { helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:unit [-- VITEST OPTIONS]

Unit, component, conformance and server tests. For example: npm run test:unit -- src/lib/domain/chat`);

await prepare();
process.exitCode = await run('vitest', ['run', ...process.argv.slice(2)]);
