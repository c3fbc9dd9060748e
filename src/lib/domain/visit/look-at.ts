import type { RoomToken } from '../../protocol/ids.ts';
import { RoostError } from '../errors.ts';
import type { TalkApi } from '../talk-api.ts';
import type { Found } from './types.ts';

/**
 * What a visit has to know before Join.
 * @throws {RoostError} `call.encrypted` where calls are end-to-end encrypted: a client that holds no keys would be let in,
 * heard by nobody and hear nobody
 */
export async function lookAt(
	api: Pick<TalkApi, 'fetchServerInfo' | 'lookUpRoom'>,
	token: RoomToken
): Promise<Found> {
	const [server, room] = await Promise.all([api.fetchServerInfo(), api.lookUpRoom(token)]);
	if (server.hasEncryptedCalls) {
		throw new RoostError('call.encrypted', 'calls on this server are end-to-end encrypted');
	}
	return { server, room };
}
