import { pathToFileURL } from 'node:url';
import { at, helpFor, isBuilt, prepare, takesOnly } from './lib/project.mjs';

helpFor(`
npm start

Installs dependencies if they are missing or stale, builds if sources changed, and starts Roost with its embedded
server. Settings come from the environment or from .env: see README.md. Ends on SIGINT or SIGTERM.`);
takesOnly();

await prepare();
if (!isBuilt()) {
	console.error('Building …');
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}
// npm puts a shell between itself and us, and a signal to npm ends that shell alone: who has lost it has been told to end
if (process.env.npm_lifecycle_event !== undefined) {
	const shell = process.ppid;
	const look = setInterval(() => {
		if (process.ppid === shell) return;
		clearInterval(look);
		process.kill(process.pid, 'SIGTERM');
	}, 100);
	look.unref();
}

// in this very process: signals reach the server without a middleman
await import(pathToFileURL(at('build', 'server', 'main.js')).href);
