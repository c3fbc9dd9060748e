import type { RoomToken } from '../../protocol/ids.ts';
import type { SignalingSettings, TalkApi } from '../talk-api.ts';

/** The token in them lives for a minute, and has to be shown some seconds after they were asked for. */
const freshMs = 40_000;

interface EarlySettings {
	api: TalkApi;
	/** Asks for the settings of a room's signaling server, unless that was done a moment ago. */
	prepare: (token: RoomToken) => void;
}

/**
 * Signaling settings from before they are needed: asked for while a person is still getting ready, and taken by the
 * first who wants them. Too old, or not to be had then, they are asked for once more when their turn has come.
 */
export function createEarlySettings(api: TalkApi, now: () => number): EarlySettings {
	let early: { token: RoomToken; askedAt: number; settings: Promise<SignalingSettings> } | null = null;
	const isFresh = (token: RoomToken) => early?.token === token && now() - early.askedAt < freshMs;
	return {
		prepare: (token) => {
			if (isFresh(token)) return;
			const settings = api.fetchSignalingSettings(token);
			settings.catch(() => undefined); // perhaps nobody comes for them
			early = { token, askedAt: now(), settings };
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
