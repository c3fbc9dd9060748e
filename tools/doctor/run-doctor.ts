import { randomBytes } from 'node:crypto';
import { createActor, toPromise } from 'xstate';
import { createCheckPorts } from '../../src/lib/adapters/check/check-ports.ts';
import { checkMachine } from '../../src/lib/domain/check/check-machine.ts';
import type { Outcome } from '../../src/lib/domain/check/evidence.ts';
import type { CallAddress } from './call-address.ts';
import { probeIce } from './ice-probe.ts';
import { createJarFetch, createNodeSockets, createSignalingQuestion } from './node-edges.ts';
import { silenceOf } from './node-silence.ts';

/** What the others in the room read for as long as the check takes. */
const name = 'Roost doctor';

/** @returns what was found, in the order in which it is shown; never rejects for what the servers do */
export async function runDoctor(
	{ baseUrl, token }: CallAddress,
	now: () => number = Date.now,
	isSecurePage: boolean = baseUrl.startsWith('https:')
): Promise<readonly Outcome[]> {
	const sockets = createNodeSockets(new URL(baseUrl).origin);
	const ports = createCheckPorts({
		fetch: createJarFetch(fetch),
		baseUrl,
		tabId: randomBytes(32).toString('hex'),
		language: 'en',
		openSocket: sockets.open,
		explainSocket: () => Promise.resolve(sockets.refusal()),
		askSignaling: createSignalingQuestion(fetch, now),
		probeIce: (target) => probeIce(target),
		silenceOf,
		now
	});
	const check = createActor(checkMachine, {
		input: { ports, token, name, isSecurePage }
	});
	check.start();
	return toPromise(check);
}
