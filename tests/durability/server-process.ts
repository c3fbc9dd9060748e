import { spawn, type ChildProcess } from 'node:child_process';

const ready = /^Roost is ready: https?:\/\/localhost:(\d+)\//m;
const startWithinMs = 30_000;

/**
 * Starts the bundled server as a process of its own, on a free port, and waits until it listens.
 * @param bundle path of its `main.js`
 * @param environment variables as in the public contract, the data directory among them
 * @throws if it does not get ready; its output is in the message
 */
export async function startServerProcess(bundle: string, environment: Record<string, string>) {
	const child = spawn(process.execPath, [bundle], {
		// there is no `.env` beside the data
		cwd: environment['ROOST_DATA_DIR'],
		env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'error', ...environment },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
	const port = await portOf(child);
	return {
		origin: `http://127.0.0.1:${port}`,
		pid: child.pid ?? 0,
		/** As a crash ends it: nothing is closed, nothing is said. */
		async kill(): Promise<void> {
			child.kill('SIGKILL');
			await ended;
		},
		[Symbol.asyncDispose]: async () => {
			child.kill('SIGKILL');
			await ended;
		}
	};
}

function portOf(child: ChildProcess): Promise<number> {
	return new Promise((resolve, reject) => {
		let output = '';
		const fail = () => {
			child.kill('SIGKILL');
			reject(new Error(`the server did not get ready:\n${output}`));
		};
		const late = setTimeout(fail, startWithinMs);
		const read = (chunk: Buffer) => {
			output += chunk.toString();
			const found = ready.exec(output);
			if (!found) return;
			clearTimeout(late);
			resolve(Number(found[1]));
		};
		child.stdout?.on('data', read);
		child.stderr?.on('data', read);
		child.once('close', () => {
			clearTimeout(late);
			fail();
		});
	});
}
