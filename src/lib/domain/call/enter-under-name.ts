import type { RoomToken } from '../../protocol/ids.ts';
import type { EnteredRoom, TalkApi } from '../talk-api.ts';

/**
 * Joins the room and gives our name, which a guest has to do with each new session. Nobody waits for the name, and one
 * that does not get through keeps nobody outside: the others are told it in the call as well.
 * @throws what `TalkApi.enterRoom` throws
 */
export async function enterUnderName(
	api: TalkApi,
	token: RoomToken,
	{ name, password, takeOver }: { name: string; password: string | undefined; takeOver: boolean }
): Promise<EnteredRoom> {
	const room = await api.enterRoom(token, { takeOver, ...(password === undefined ? {} : { password }) });
	if (room.actorType === 'guests') void api.setGuestName(token, name).catch(() => undefined);
	return room;
}
