import { pathToFileURL } from 'node:url';
import { at, helpFor, install, isBuilt } from './lib/project.mjs';

helpFor(`
npm start

Installs dependencies if they are missing or stale, builds if sources changed, and starts Roost with its embedded
server. Settings come from the environment or from .env: see README.md. Ends on SIGINT or SIGTERM.`);

await install();
if (!isBuilt()) {
	console.error('Building …');
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}
// in this very process: signals reach the server without a middleman
await import(pathToFileURL(at('build', 'server', 'main.js')).href);
