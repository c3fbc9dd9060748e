import type { PeerSignal, SignalingNews } from '../../../domain/signaling.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import { parsePeerMessage } from '../../../protocol/peer-message.ts';
import { peerNews, signalMessages } from './peer-messages.ts';

/** In which words two sessions negotiate a connection: the relay between them carries any. */
export interface Dialect {
	/** @param own our session id. @returns none for what these words cannot say */
	write(signal: PeerSignal, to: SessionId, own: SessionId | undefined): { type: string }[];
	/**
	 * What a relayed message means.
	 * @param from the sender on the envelope, which the server wrote
	 * @returns `undefined` for a type that is not known; no news for what is not acted on
	 * @throws {v.ValiError} for a known type with missing or malformed fields
	 */
	read(raw: unknown, from: SessionId): { type: string; news: SignalingNews[] } | undefined;
}

/** Talk's own: what every other client of a Talk room understands. */
export const talkDialect: Dialect = {
	write: signalMessages,
	read: (raw, from) => {
		const message = parsePeerMessage(raw);
		return message && { type: message.type, news: peerNews(message, from) };
	}
};
