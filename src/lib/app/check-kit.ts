import { createActor } from 'xstate';
import { createCheckPorts } from '../adapters/check/check-ports.ts';
import { probeIceWith } from '../adapters/webrtc/ice-probe.ts';
import { checkMachine } from '../domain/check/check-machine.ts';
import type { Silence, SocketRefusal } from '../domain/check/evidence.ts';
import type { RoomToken } from '../protocol/ids.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { Roost } from './create-roost.ts';
import { randomText } from './tab-id.ts';

/** One check under way. */
export interface OpenCheck {
	view: ActorView<typeof checkMachine>;
	/** Ends it wherever it is, and takes its guest out of the room. */
	stop: () => void;
}

/** Starts to look at everything that a call needs, as a guest of its own beside whoever this tab is. */
export function openCheck(
	roost: Roost,
	browser: Window & typeof globalThis,
	{ token, name }: { token: RoomToken; name: string }
): OpenCheck {
	const ports = createCheckPorts({
		...roost.ocsEdges,
		tabId: randomText(64),
		openSocket: (url) => new browser.WebSocket(url),
		explainSocket: (url) => explainSocket(browser, url),
		askSignaling: null,
		probeIce: probeIceWith(
			(configuration) => new browser.RTCPeerConnection(configuration),
			() => performance.now()
		),
		silenceOf: (cause): Silence => (isTimeout(cause) ? 'timeout' : 'network'),
		now: () => Date.now()
	});
	const isSecurePage = browser.location.protocol === 'https:';
	const actor = createActor(checkMachine, { input: { ports, token, name, isSecurePage } });
	actor.start();
	return {
		view: new ActorView(actor),
		stop: () => {
			const { status, context } = actor.getSnapshot();
			actor.stop();
			if (status === 'active' && context.session !== null) ports.leave(token).catch(() => undefined);
		}
	};
}

/** A page is not told why a socket does not open, but may ask its own server what it says without one. */
async function explainSocket(browser: Window, url: string): Promise<SocketRefusal> {
	const plain = new URL(url.replace(/^ws/, 'http'));
	if (plain.origin !== browser.location.origin) return { status: null, why: null };
	try {
		const { status } = await browser.fetch(plain, { cache: 'no-store' });
		return { status, why: null };
	} catch {
		return { status: null, why: 'network' };
	}
}

const isTimeout = (error: unknown): boolean =>
	error instanceof Error && (['AbortError', 'TimeoutError'].includes(error.name) || isTimeout(error.cause));
