import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { at } from '../project.mjs';

/** How long what runs inside has to end by itself. */
const endWithinMs = 5_000;

function ip(...args) {
	const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr.trim()}`);
}

/**
 * A network of its own: loopback, and one ordinary interface with 10.77.0.1, since media servers and browsers leave
 * loopback out. Both ends of that interface are inside, so nothing gets out.
 */
export function openNamespace(name) {
	const inside = (...args) => ip('-n', name, ...args);
	ip('netns', 'add', name);
	try {
		inside('link', 'set', 'lo', 'up');
		inside('link', 'add', 'media0', 'type', 'veth', 'peer', 'name', 'media1');
		inside('addr', 'add', '10.77.0.1/24', 'dev', 'media0');
		for (const link of ['media0', 'media1']) inside('link', 'set', link, 'up');
		// a page without devices uses the address of the default route only
		inside('route', 'add', 'default', 'dev', 'media0');
	} catch (error) {
		ip('netns', 'delete', name);
		throw error;
	}

	return {
		endAll: (signal) => endAll(name, signal),
		/** Runs a program inside. @returns its exit status */
		run: ([command, ...args], env) =>
			new Promise((done) => {
				// a group of its own: the terminal's interrupt reaches it through us, once
				const child = spawn('ip', ['netns', 'exec', name, command, ...args], {
					cwd: at(),
					env,
					stdio: ['ignore', 'inherit', 'inherit'],
					detached: true
				});
				child.on('error', () => done(127));
				child.on('exit', (code) => done(code ?? 1));
			}),
		close: () => close(name)
	};
}

/** Processes inside are ours: nobody else knows the name. */
function pids(name) {
	const { stdout } = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' });
	return stdout.split('\n').filter(Boolean).map(Number);
}

function endAll(name, signal) {
	for (const pid of pids(name)) {
		try {
			process.kill(pid, signal);
		} catch {
			// ended meanwhile
		}
	}
}

async function close(name) {
	endAll(name, 'SIGTERM');
	const deadline = Date.now() + endWithinMs;
	while (pids(name).length > 0 && Date.now() < deadline) await delay(50);
	endAll(name, 'SIGKILL');
	while (pids(name).length > 0 && Date.now() < deadline + endWithinMs) await delay(50);
	ip('netns', 'delete', name);
}

/** Closes what runs left open that were killed: their names end with a process that is no more. */
export async function closeAbandoned(prefix) {
	const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
	for (const name of stdout.split(/\s+/)) {
		const [before, pid] = name.split(/-(?=\d+$)/);
		if (before === prefix && !existsSync(`/proc/${pid}`)) await close(name);
	}
}
