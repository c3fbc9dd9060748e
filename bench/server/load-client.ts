import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** What the load client of the high-performance backend came to. */
export interface Load {
	clients: number;
	sentPerSecond: number;
	receivedPerSecond: number;
	/** messages that took longer than a second, by its own account */
	late: number;
}

const endWithinMs = 20_000;

/** @throws unless everybody connected, nothing was refused, and all came to an end by itself when it was asked to */
export async function runLoadClient(
	binary: string,
	{ address, config, clients, seconds }: { address: string; config: string; clients: number; seconds: number }
): Promise<Load> {
	const child = spawn(binary, ['-addr', address, '-config', config, '-maxClients', String(clients)], {
		stdio: ['ignore', 'pipe', 'pipe']
	});
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
	const ended = once(child, 'exit');
	const fail = (what: string): never => {
		child.kill('SIGKILL');
		throw new Error(
			`the load client ${what}:\n${/^panic:[^]{0,600}/m.exec(output)?.[0] ?? output.slice(-1_500)}`
		);
	};
	const deadline = Date.now() + 60_000;
	while (!output.includes('All connections established')) {
		if (child.exitCode !== null || Date.now() > deadline) return fail('did not connect');
		await delay(50);
	}
	await delay(seconds * 1_000);
	child.kill('SIGINT');
	const killed = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
	await ended;
	clearTimeout(killed);
	if (child.exitCode !== 0) return fail(`ended with ${child.exitCode ?? 'a signal'}`);
	if (/^(?:Received error|Received bye|Could not send|Error:)/m.test(output))
		return fail('was refused something');
	const rates = [...output.matchAll(/^Stats: sent=\d+ \((\d+)\/sec\), recv=\d+ \((\d+)\/sec\)/gm)];
	const [, sent, received] = rates.at(-1) ?? [];
	return {
		clients,
		sentPerSecond: Number(sent ?? NaN),
		receivedPerSecond: Number(received ?? NaN),
		late: output.match(/Message took/g)?.length ?? 0
	};
}
