import * as v from 'valibot';
import { inCallBeside } from '../domain/call/roster.ts';
import type { VisitScene } from './visit-scene.svelte.ts';

/*
 * Pages of other sites may hold ours in a frame (docs/embedding.md). Which ones, the server says with `frame-ancestors`,
 * and the browser sees to it before any of this runs: whoever is our parent is on the list.
 */

/** What the page around ours may ask for. Nothing of it opens a microphone or a camera. */
const Command = v.variant('type', [
	v.object({ type: v.literal('roost:hello') }),
	v.object({
		type: v.literal('roost:join'),
		name: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64)))
	}),
	v.object({ type: v.literal('roost:leave') }),
	v.object({ type: v.literal('roost:mute') }),
	v.object({ type: v.literal('roost:camera-off') })
]);
type Command = v.InferOutput<typeof Command>;
export type EmbedderWish = Exclude<Command, { type: 'roost:hello' }>;
const types: readonly string[] = Command.options.map(({ entries }) => entries.type.literal);

const Addressed = v.object({ type: v.pipe(v.string(), v.startsWith('roost:')) });

/** What the page around ours is told of us, and nothing more: no name, no words, no address. */
export interface EmbeddedState {
	page: 'prejoin' | 'lobby' | 'call' | 'ended' | 'error';
	isJoining: boolean;
	microphone: 'on' | 'off';
	camera: 'on' | 'off';
	/** How many are in the call beside us. */
	others: number;
}

/** How many are in the call beside us, those included who send nothing. */
export const countOthers = (call: VisitScene['callFacts']): number =>
	call === null ? 0 : inCallBeside(call.roster, call.ownSessionId).length;

export interface Embedder {
	/** Whoever has said hello hears it, once for each change. */
	tell: (state: EmbeddedState) => void;
	stop: () => void;
}

interface Posted {
	readonly source: unknown;
	readonly origin: string;
	readonly data: unknown;
}
interface Hearer {
	postMessage: (message: object, origin: string) => void;
}
/** As much of a window as is needed; its parent is itself where nothing holds it. */
interface Framed extends Hearer {
	readonly parent: Hearer;
	addEventListener: (type: 'message', listener: (event: Posted) => void) => void;
	removeEventListener: (type: 'message', listener: (event: Posted) => void) => void;
}

/**
 * Talks with the page that holds ours in a frame, by `postMessage`. It is told that we are there, and nothing else before
 * it has said who it is.
 * @param obey carries out a wish. @returns false: not now
 */
export function connectEmbedder(browser: Framed, obey: (wish: EmbedderWish) => boolean): Embedder {
	const { parent } = browser;
	if (parent === browser) return { tell: () => undefined, stop: () => undefined };
	/** Where what we say may be heard; null: nobody has said hello. */
	let origin: string | null = null;
	let last: EmbeddedState | null = null;
	const say = (message: object) => {
		if (origin !== null) parent.postMessage(message, origin);
	};
	const tellState = () => {
		if (last !== null) say({ type: 'roost:state', ...last });
	};

	const listen = ({ source, origin: from, data }: Posted) => {
		// what others post to this window, and what is not for us, is none of our business
		if (source !== parent || from === 'null' || !v.is(Addressed, data)) return;
		origin = from;
		const command = v.safeParse(Command, data);
		if (!command.success) {
			const reason = types.includes(data.type) ? 'bad-value' : 'unknown';
			say({ type: 'roost:refused', command: data.type.slice(0, 64), reason });
			return;
		}
		const { output } = command;
		if (output.type === 'roost:hello') tellState();
		else if (!obey(output)) say({ type: 'roost:refused', command: output.type, reason: 'not-now' });
	};
	browser.addEventListener('message', listen);
	parent.postMessage({ type: 'roost:ready', version: 1 }, '*');

	return {
		tell(state) {
			if (JSON.stringify(state) === JSON.stringify(last)) return;
			last = state;
			tellState();
		},
		stop: () => browser.removeEventListener('message', listen)
	};
}
