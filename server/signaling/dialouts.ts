import { randomBytes } from 'node:crypto';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { InternalRequest } from '../../src/lib/protocol/internal-client.ts';
import { dialoutFrame, dialoutRequestFrame } from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { RoomMembers } from './room-members.ts';
import type { TransientData } from './transient-data.ts';

type Said = Extract<InternalRequest, { type: 'dialout' }>['dialout'];

interface DialoutError {
	code: string;
	message: string;
	details?: unknown;
}

/** What a request to call a telephone came to, with the status that it is answered with. */
type DialoutResult = { status: 200; callid: string } | { status: number; error: DialoutError };

/** What an internal client says in its hello if it can call telephones. */
const canDialOut = 'start-dialout';

/** How long the end of a call to a telephone is shown. */
const endShownMs = 5_000;

const e164 = /^\+\d{2,30}$/;

interface Dependencies {
	members: RoomMembers;
	transient: TransientData;
	/** every session there is */
	sessions: () => Iterable<HubSession>;
	/** how long an internal client may take to accept */
	acceptMs: number;
}

/** Calls from a room to telephones: an internal client makes them, and says how they go. */
export function createDialouts({ members, transient, sessions, acceptMs }: Dependencies) {
	const pending = new Map<string, { owner: HubSession; settle: (result: DialoutResult) => void }>();

	/** @param backend address of this server */
	function start(
		token: RoomToken,
		{ number, options }: { number: string; options?: unknown },
		backend: string
	): Promise<DialoutResult> {
		if (!e164.test(number)) return refused(400, 'invalid_number', 'a number such as +49123456 is expected');
		const owner = [...sessions()].find(
			({ isInternal, connection, features }) =>
				isInternal && connection?.isOpen() === true && features.includes(canDialOut)
		);
		if (!owner) return refused(404, 'no_client_available', 'no client that can call telephones is connected');
		const id = randomBytes(16).toString('hex');
		return new Promise((resolve) => {
			const timer = setTimeout(
				() => settle(failure(504, 'timeout', 'the client did not answer in time')),
				acceptMs
			);
			const settle = (result: DialoutResult) => {
				clearTimeout(timer);
				pending.delete(id);
				resolve(result);
			};
			pending.set(id, { owner, settle });
			owner.deliverFrame(
				dialoutRequestFrame(id, token, backend, { number, ...(options !== undefined && { options }) })
			);
		});
	}

	/** @param id of the request that is answered, if it is an answer */
	function heard(owner: HubSession, id: string | undefined, said: Said): void {
		const asked = id === undefined ? undefined : pending.get(id);
		const isAnswer = asked?.owner === owner;
		if (isAnswer) asked.settle(resultOf(said));
		if (said.type === 'status') {
			const { callid, status } = said.status;
			const isOver = status === 'cleared' || status === 'rejected';
			transient.set(said.roomid, `callstatus_${callid}`, said.status, isOver ? endShownMs : 0);
		} else if (!isAnswer) {
			const text = JSON.stringify(dialoutFrame({ type: 'error', error: said.error }));
			for (const member of members.listenersIn(said.roomid)) if (member !== owner) member.deliver(text);
		}
	}

	/** Nobody will answer what this client was asked. */
	function gone(owner: HubSession): void {
		for (const asked of [...pending.values()]) {
			if (asked.owner === owner) asked.settle(failure(502, 'error_notify', 'the client is gone'));
		}
	}

	return {
		start,
		heard,
		gone,
		stop(): void {
			for (const { settle } of [...pending.values()]) {
				settle(failure(502, 'error_notify', 'the server is stopping'));
			}
		}
	};
}
export type Dialouts = ReturnType<typeof createDialouts>;

function resultOf(said: Said): DialoutResult {
	if (said.type === 'error') return { status: 502, error: said.error };
	const { status, callid } = said.status;
	return status === 'accepted'
		? { status: 200, callid }
		: failure(502, 'unsupported_status', 'the client did not accept');
}

const failure = (status: number, code: string, message: string): DialoutResult => ({
	status,
	error: { code, message }
});
const refused = (...why: Parameters<typeof failure>) => Promise.resolve(failure(...why));
