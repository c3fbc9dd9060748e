import { rmSync } from 'node:fs';
import { at, helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:durability [-- OPTIONS]

Twenty guests chat, change, react, delete and set up rooms at a server of its own, which is killed (SIGKILL) at a moment
of chance and started again on the same data. Whatever was acknowledged has to be there afterwards, once and in order;
what was not answered is sent again. A few rounds run with \`npm test\`; this runs many.

  --rounds 50       how many times the server is killed
  --seed NUMBER     what the guests do and when the end comes; by default another each time
  --server FILE     a bundled server (main.js) other than that of these sources`);

const words = process.argv.slice(2);
const named = words.indexOf('--server');
const [, given] = named < 0 ? [] : words.splice(named, 2);

await prepare();
/** Below node_modules, so that the bundle finds its packages. */
const folder = at('node_modules', '.cache', 'roost-durability');
rmSync(folder, { recursive: true, force: true });
const built =
	(await run('vite', ['build', '--config', 'tests/durability/vite.config.ts'], { quiet: true })) ||
	(await run('vite', ['build', '--config', 'vite.server.config.ts', '--outDir', `${folder}/server`], {
		quiet: true
	}));
process.exitCode =
	built === 0
		? await run('node', [`${folder}/durability.mjs`, given ?? `${folder}/server/main.js`, ...words])
		: built;
