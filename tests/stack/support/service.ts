import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

interface ServiceOptions {
	name: string;
	command: string;
	args: string[];
	isReady: () => Promise<boolean>;
}

/** One server of the stack, as a process of its own. */
export interface Service {
	start(): Promise<void>;
	/** In an orderly way; killed if that takes too long. */
	stop(): Promise<void>;
	/** As a crash would end it. */
	kill(): Promise<void>;
	/** What it wrote since the first start. */
	log(): string;
	/** Of the process that was started last; 0 before. */
	pid(): number;
}

const readyWithinMs = 20_000;
const stopWithinMs = 3_000;
/** Characters; enough for what a failed test has to show. */
const logKept = 400_000;

export function createService({ name, command, args, isReady }: ServiceOptions): Service {
	let child: ChildProcess | undefined;
	let output = '';

	const isRunning = () => child?.exitCode === null && child.signalCode === null;
	const end = async (signal: NodeJS.Signals) => {
		if (!child || !isRunning()) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		const killed = setTimeout(() => child?.kill('SIGKILL'), stopWithinMs);
		await ended;
		clearTimeout(killed);
	};

	return {
		start: async () => {
			child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
			const failed = new Promise<never>((_, reject) => {
				child?.once('error', reject);
				child?.once('exit', (code) => {
					reject(new Error(`${name} ended with ${code ?? 'a signal'}:\n${output.slice(-2_000)}`));
				});
			});
			failed.catch(() => undefined); // once it is ready, its end is the business of whoever ends it
			for (const stream of [child.stdout, child.stderr]) {
				stream?.on('data', (text: Buffer) => {
					output = (output + text.toString()).slice(-logKept);
				});
			}
			const deadline = Date.now() + readyWithinMs;
			while (!(await Promise.race([isReady().catch(() => false), failed]))) {
				if (Date.now() > deadline) {
					await end('SIGKILL');
					throw new Error(`${name} did not get ready:\n${output.slice(-2_000)}`);
				}
				await delay(50);
			}
		},
		stop: () => end('SIGINT'),
		kill: () => end('SIGKILL'),
		log: () => output,
		pid: () => child?.pid ?? 0
	};
}

/** Whether somebody accepts connections there. */
export const isListening = (host: string, port: number): Promise<boolean> =>
	new Promise((settle) => {
		const socket = connect(port, host);
		const done = (is: boolean) => {
			socket.destroy();
			settle(is);
		};
		socket.once('connect', () => done(true));
		socket.once('error', () => done(false));
	});
