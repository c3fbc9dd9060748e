import type { RoomToken } from '../../protocol/ids.ts';
import type { SignalingSettings, TalkApi } from '../talk-api.ts';

/** The token in them lives for a minute, and has to be shown some seconds after they were asked for. */
const freshMs = 40_000;

interface EarlySettings {
	api: TalkApi;
	/** Asks for the settings of a room's signaling server, unless that was done a moment ago. */
	prepare: (token: RoomToken) => void;
	/** Those that have come, and are fresh: at once, where waiting for a promise would mean waiting behind the page. */
	take: (token: RoomToken) => SignalingSettings | null;
}

/**
 * Signaling settings from before they are needed: asked for while a person is still getting ready, and taken by the
 * first who wants them. Too old, or not to be had then, they are asked for once more when their turn has come.
 */
export function createEarlySettings(api: TalkApi, now: () => number): EarlySettings {
	interface Asked {
		token: RoomToken;
		askedAt: number;
		settings: Promise<SignalingSettings>;
		known: SignalingSettings | null;
	}
	let early: Asked | null = null;
	const isFresh = (token: RoomToken) => early?.token === token && now() - early.askedAt < freshMs;
	return {
		prepare: (token) => {
			if (isFresh(token)) return;
			const asked: Asked = {
				token,
				askedAt: now(),
				settings: api.fetchSignalingSettings(token),
				known: null
			};
			asked.settings.then(
				(settings) => (asked.known = settings),
				() => undefined // perhaps nobody comes for them
			);
			early = asked;
		},
		take: (token) => {
			const known = isFresh(token) ? (early?.known ?? null) : null;
			if (known !== null) early = null;
			return known;
		},
		api: {
			...api,
			fetchSignalingSettings: (token) => {
				const settings = isFresh(token) ? early?.settings : undefined;
				early = null;
				return settings?.catch(() => api.fetchSignalingSettings(token)) ?? api.fetchSignalingSettings(token);
			}
		}
	};
}
