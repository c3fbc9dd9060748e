import { RoostError } from '../errors.ts';
import type { Attendee, ModerationApi } from '../talk-api.ts';
import type { NextcloudSessionId, RoomToken, SessionId } from '../../protocol/ids.ts';

/** What Roost's own server calls it that guests who moderate may do all that in Talk takes an account. */
export const roostModeration = 'roost-guest-moderators';

/** Somebody in the call, or in the room by the id that only moderators are told. */
export type Whom = SessionId | number;

/** What a moderator asks the server for. */
export type Deed =
	/** @property name for the words about it: by the time it is done, nobody else may know it */
	| { kind: 'promote' | 'demote' | 'remove' | 'ban' | 'admit'; whom: Whom; name: string }
	| { kind: 'admit-all' }
	| { kind: 'lobby' | 'lock'; isOn: boolean }
	| { kind: 'moderator-link' };

/** What a moderator asks of people's own pages. `whom` empty: everybody to whom it applies. */
export interface Order {
	kind: 'mute' | 'lower-hand';
	whom: readonly SessionId[];
}

interface Means {
	api: ModerationApi;
	token: RoomToken;
	/** As the room knows a session of the call. */
	roomSessionOf: (session: SessionId) => NextcloudSessionId | null;
}

/**
 * Whom it is about is looked up anew each time: ids of people who left and came back are others.
 * @returns the link that was asked for, else nothing
 * @throws {RoostError} `server.refused` for somebody who is no longer there, as for what the server does not allow
 */
export async function perform(deed: Deed, { api, token, roomSessionOf }: Means): Promise<string | null> {
	if ('whom' in deed) {
		const session = typeof deed.whom === 'number' ? null : roomSessionOf(deed.whom);
		const isMeant = ({ attendeeId, sessions }: Attendee) =>
			attendeeId === deed.whom || (session !== null && sessions.includes(session));
		const attendee = (await api.listAttendees(token)).find(isMeant);
		if (attendee === undefined) throw new RoostError('server.refused', `${deed.kind}: nobody is there`);
		await performOn[deed.kind](api, token, attendee);
	} else if (deed.kind === 'moderator-link') return api.makeModeratorLink(token);
	else if (deed.kind === 'admit-all') {
		const listed = await api.listAttendees(token);
		for (const attendee of listed.filter(({ isHere, passesLobby }) => isHere && !passesLobby)) {
			await api.admit(token, attendee);
		}
	} else if (deed.kind === 'lobby') await api.setLobby(token, deed.isOn);
	else await api.setLocked(token, deed.isOn);
	return null;
}

type OnSomebody = Extract<Deed, { whom: Whom }>['kind'];
const performOn: Record<OnSomebody, (api: ModerationApi, token: RoomToken, of: Attendee) => Promise<void>> = {
	promote: (api, token, { attendeeId }) => api.setModerator(token, attendeeId, true),
	demote: (api, token, { attendeeId }) => api.setModerator(token, attendeeId, false),
	remove: (api, token, { attendeeId }) => api.removeAttendee(token, attendeeId),
	ban: (api, token, attendee) => api.ban(token, attendee),
	admit: (api, token, attendee) => api.admit(token, attendee)
};
