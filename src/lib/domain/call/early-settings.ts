import type { SignalingSettings, TalkApi } from '../talk-api.ts';

/**
 * Asks for the signaling settings together with the room: they are always the next question, and need nothing of the
 * answer. If that fails, they are asked for again when their turn has come.
 */
export function withEarlySettings(api: TalkApi): TalkApi {
	let early: Promise<SignalingSettings> | null = null;
	return {
		...api,
		enterRoom: (token, options) => {
			const entered = api.enterRoom(token, options);
			early = api.fetchSignalingSettings(token);
			early.catch(() => undefined); // perhaps nobody comes for them
			return entered;
		},
		fetchSignalingSettings: (token) => {
			const asked = early;
			early = null;
			return asked?.catch(() => api.fetchSignalingSettings(token)) ?? api.fetchSignalingSettings(token);
		}
	};
}
