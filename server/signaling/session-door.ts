import type { ClientFrame } from '../../src/lib/protocol/client-frame.ts';
import type { Connection } from './connection.ts';
import type { Hub } from './hub.ts';
import type { HubSession } from './hub-session.ts';

type Asked<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>;

/** What a client can ask for once it has a session, whoever has the rooms that it speaks of. */
export interface SessionDoor {
	readonly session: HubSession;
	/** who it is at the server of the rooms; empty for guests */
	readonly userId: string;
	relay: (request: Asked<'message' | 'control'>) => void;
	share: (request: Asked<'transient'>) => void;
	changeRoom: (request: Asked<'room'>) => void | Promise<void>;
	obeyInternal: (request: Asked<'internal'>) => void;
	catchUp: () => void;
	sayBye: (id: string | undefined) => void;
	disconnected: (connection: Connection, isPageGone: boolean) => void;
}

/** That of a session in the rooms of this server. */
export const ownDoor = (hub: Hub, session: HubSession): SessionDoor => ({
	session,
	userId: '',
	relay: (request) => hub.relay(session, request),
	share: (request) => hub.share(session, request),
	changeRoom: (request) => hub.changeRoom(session, request),
	obeyInternal: (request) => hub.obeyInternal(session, request),
	catchUp: () => hub.catchUp(session),
	sayBye: (id) => hub.sayBye(session, id),
	disconnected: (connection, isPageGone) => hub.disconnected(session, connection, isPageGone)
});
