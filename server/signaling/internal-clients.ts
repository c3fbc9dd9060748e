import type { Logger } from 'pino';
import { callFlag } from '../../src/lib/protocol/call.ts';
import type { ClientFrame } from '../../src/lib/protocol/client-frame.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { InternalRequest } from '../../src/lib/protocol/internal-client.ts';
import type { Storage } from '../rooms/storage.ts';
import type { Dialouts } from './dialouts.ts';
import { relayFrame } from './frames.ts';
import { newSessionId, type HubSession } from './hub-session.ts';
import type { RoomMembers } from './room-members.ts';
import type { TransientData } from './transient-data.ts';
import type { VirtualSession } from './virtual-session.ts';

type InternalFrame = Extract<ClientFrame, { type: 'internal' }>;
type Asked<Type extends InternalRequest['type']> = Extract<InternalRequest, { type: Type }>;

/** What an internal client says in its hello if it says itself what it and its virtual sessions have in the call. */
const ownCallFlags = 'internal-incall';

/** What an internal client is taken to have in the call unless it says so itself. */
export const internalCallFlags = (features: readonly string[]): number =>
	features.includes(ownCallFlags) ? 0 : callFlag.inCall | callFlag.audio;
const virtualCallFlags = (features: readonly string[]): number =>
	features.includes(ownCallFlags) ? 0 : callFlag.inCall | callFlag.phone;

interface Dependencies {
	storage: Storage;
	members: RoomMembers;
	transient: TransientData;
	dialouts: Dialouts;
	log: Logger;
}

/** What only internal clients may ask for: sessions for those who have no client, above all. */
export function createInternalClients({ storage, members, transient, dialouts, log }: Dependencies) {
	const owned = new Map<HubSession, Map<string, VirtualSession>>();

	function obey(owner: HubSession, { id, internal }: InternalFrame): void {
		const isDone = owner.isInternal && carryOut(owner, id, internal);
		if (isDone) return;
		const [code, message] = reasonFor(owner, internal);
		owner.refuse(id, code, message);
	}

	/** @returns false for what makes no sense now */
	function carryOut(owner: HubSession, id: string | undefined, request: InternalRequest): boolean {
		switch (request.type) {
			case 'addsession':
				return add(owner, request);
			case 'updatesession':
				return update(owner, request);
			case 'removesession': {
				const { sessionid, roomid } = request.removesession;
				const virtual = find(owner, sessionid, roomid);
				if (virtual) remove(virtual);
				return virtual !== undefined;
			}
			case 'incall': {
				const { incall } = request.incall;
				if (owner.callFlags === incall) return true;
				owner.callFlags = incall;
				if (owner.place) members.announceCall(owner.place.token, owner);
				return true;
			}
			case 'dialout':
				dialouts.heard(owner, id, request.dialout);
				return true;
		}
	}

	/** One that has the same name among those of its owner goes: its owner has forgotten it. */
	function add(owner: HubSession, { addsession: asked }: Asked<'addsession'>): boolean {
		const { sessionid: ownId, roomid: token, userid: userId, user, flags, incall, options } = asked;
		if (!storage.roomByToken(token)) return false;
		const older = owned.get(owner)?.get(ownId);
		if (older) remove(older);
		const hasActor = options && options.actorId !== '' && options.actorType !== '';
		const virtual: VirtualSession = {
			id: newSessionId(),
			ownId,
			owner,
			token,
			userId,
			user: user ?? undefined,
			actor: hasActor ? { actorType: options.actorType, actorId: options.actorId } : undefined,
			flags: flags ?? 0,
			callFlags: incall ?? virtualCallFlags(owner.features)
		};
		owned.set(owner, (owned.get(owner) ?? new Map<string, VirtualSession>()).set(ownId, virtual));
		members.addVirtual(virtual);
		log.info({ session: virtual.id.slice(0, 8) }, 'virtual session added');
		return true;
	}

	function update(owner: HubSession, { updatesession: asked }: Asked<'updatesession'>): boolean {
		const virtual = find(owner, asked.sessionid, asked.roomid);
		if (!virtual) return false;
		const { flags, callFlags } = virtual;
		virtual.flags = asked.flags ?? flags;
		virtual.callFlags = asked.incall ?? callFlags;
		if (virtual.flags !== flags) members.announceFlags(virtual);
		if (virtual.callFlags !== callFlags) members.announceCall(virtual.token, virtual);
		return true;
	}

	function find(owner: HubSession, ownId: string, token: RoomToken): VirtualSession | undefined {
		const virtual = owned.get(owner)?.get(ownId);
		return virtual?.token === token ? virtual : undefined;
	}

	function remove(virtual: VirtualSession): void {
		const { owner, ownId, token, id } = virtual;
		const left = owned.get(owner);
		left?.delete(ownId);
		if (left?.size === 0) owned.delete(owner);
		members.removeVirtual(virtual);
		transient.left(token, id);
		log.info({ session: id.slice(0, 8) }, 'virtual session removed');
	}

	/** The backend wants it out of the room: its owner is told to hang up. */
	function hangUp(virtual: VirtualSession, reason: 'disinvited' | 'deleted'): void {
		const { owner, ownId, userId } = virtual;
		const meant = { type: 'session', sessionid: ownId, ...(userId !== '' && { userid: userId }) };
		const data = { type: 'hangup', hangup: { reason } };
		owner.deliverFrame(relayFrame('control', 'session', virtual, data, meant));
		remove(virtual);
	}

	/** An internal client is over, and with it everybody it spoke for. */
	function ended(owner: HubSession): void {
		for (const virtual of [...(owned.get(owner)?.values() ?? [])]) remove(virtual);
		dialouts.gone(owner);
	}

	return { obey, hangUp, ended };
}

function reasonFor(owner: HubSession, { type }: InternalRequest) {
	if (!owner.isInternal) return ['ignored', 'this is for internal clients'] as const;
	return type === 'addsession'
		? (['add_failed', 'there is no such room'] as const)
		: (['ignored', 'there is no such virtual session'] as const);
}
