import { randomBytes } from 'node:crypto';
import { createActor, toPromise } from 'xstate';
import { createCheckPorts } from '../../src/lib/adapters/check/check-ports.ts';
import { checkMachine } from '../../src/lib/domain/check/check-machine.ts';
import type { Outcome } from '../../src/lib/domain/check/evidence.ts';
import { parseCallAddress, type CallAddress } from './call-address.ts';
import { probeIce } from './ice-probe.ts';
import { createJarFetch, createNodeSockets, createSignalingQuestion } from './node-edges.ts';
import { silenceOf } from './node-silence.ts';

/** What the others in the room read for as long as the check takes. */
const name = 'Roost doctor';
const pageWaitMs = 5_000;

/** @returns what was found, in the order in which it is shown; never rejects for what the servers do */
export async function runDoctor(
	link: CallAddress,
	now: () => number = Date.now,
	isHttps?: boolean
): Promise<readonly Outcome[]> {
	const { baseUrl, token } = await whereItLeads(link);
	const isSecurePage = isHttps ?? baseUrl.startsWith('https:');
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

/**
 * People who open a link are sent on, to https for one, and all that their page asks goes to where they are then. Asked
 * at the first address, a request with a body would come to the second one as another, without.
 */
async function whereItLeads(link: CallAddress): Promise<CallAddress> {
	try {
		const response = await fetch(`${link.baseUrl}/call/${link.token}`, {
			headers: { Accept: 'text/html' },
			signal: AbortSignal.timeout(pageWaitMs)
		});
		await response.body?.cancel();
		return parseCallAddress(response.url) ?? link;
	} catch {
		// what is wrong with it is found out by the check
		return link;
	}
}
