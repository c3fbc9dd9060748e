import { spawn } from 'node:child_process';
import { at, helpFor, prepare, root, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm run dev

The app on http://localhost:5173, reloading as sources change, and the embedded server behind it, restarting as its
sources change. PORT chooses the app's port.`);
takesOnly();

await prepare();
const serverPort = process.env.ROOST_DEV_PORT ?? '3001';
const appPort = process.env.PORT ?? '5173';
if ((await run('vite', ['build', '--config', 'vite.server.config.ts', '--logLevel', 'warn'])) !== 0)
	process.exit(1);

const bin = (name) => at('node_modules', '.bin', name);
const children = [
	spawn(bin('vite'), ['build', '--config', 'vite.server.config.ts', '--watch', '--logLevel', 'warn'], {
		cwd: root,
		stdio: 'inherit'
	}),
	spawn(process.execPath, ['--watch', at('build', 'server', 'main.js')], {
		cwd: root,
		stdio: 'inherit',
		env: { ...process.env, PORT: serverPort, ROOST_PUBLIC_URL: `http://localhost:${appPort}` }
	}),
	spawn(bin('vite'), ['dev', '--port', appPort, '--strictPort'], {
		cwd: root,
		stdio: 'inherit',
		env: { ...process.env, ROOST_DEV_SERVER: `http://127.0.0.1:${serverPort}` }
	})
];
const stop = () => children.forEach((child) => child.kill('SIGTERM'));
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
for (const child of children) child.on('exit', stop);
