import { fromCallback, type AnyActorRef } from 'xstate';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import type { MemberState } from '../signaling.ts';
import type { OngoingCallStore } from '../store/ongoing-call.ts';
import { nextRow, type CallFact } from '../store/next-row.ts';
import type { PeerConnectionCommand, PeerConnections } from './peer-connection.ts';
import type {
	PeerCallEvent,
	PeerConnectionInput,
	SendCommand,
	SendState,
	TransportEvent
} from './peer-call/setup.ts';

/** How states travel over a data channel. */
export interface StateCodec {
	encode: (state: MemberState) => string[];
	/** @returns undefined for a text that is none, or that says nothing we show */
	decode: (text: string) => MemberState | undefined;
}

/** Actors that a call registers under a fixed name, for the edges below. */
const callOf = (system: { get: (id: string) => unknown }) => system.get('call') as AnyActorRef | undefined;

/**
 * The actor around one peer connection: opened when the peer call begins, closed when it leaves `open`. What comes
 * over the data channel concerns the call, not the connection, and goes there directly.
 */
export const peerConnectionActor = (connections: PeerConnections, codec: StateCodec) =>
	fromCallback<PeerConnectionCommand | SendState, PeerConnectionInput, PeerCallEvent>(
		({ input, sendBack, receive, system }) => {
			const { member, options } = input;
			const edge = connections.open(options, (event) => {
				if (event.type === 'PC_DATA_OPEN') callOf(system)?.send({ type: 'CHANNEL_OPENED', member });
				if (event.type !== 'PC_DATA') return sendBack(event);
				const state = codec.decode(event.text);
				if (state !== undefined) callOf(system)?.send({ type: 'MEMBER_STATE_RECEIVED', from: member, state });
			});
			receive((command) => {
				if (command.type !== 'SEND_STATE') return edge.command(command);
				for (const text of codec.encode(command.state)) edge.command({ type: 'SEND_DATA', text });
			});
			return () => edge.close();
		}
	);

/** The actor between a peer call and the signaling session of its call; without one, nothing can be sent. */
export const relayActor = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
	({ receive, sendBack, system, self }) => {
		// the signaling session answers here
		receive((event: SendCommand | TransportEvent) => {
			if (event.type !== 'SEND') return sendBack(event);
			const { id, to, signal } = event;
			const signaling = system.get('signaling') as AnyActorRef | undefined;
			if (signaling === undefined) sendBack({ type: 'SEND_FAILED', id, retryable: false });
			else signaling.send({ type: 'SEND_SIGNAL', to, signal, id, replyTo: self });
		});
	}
);

/** The actor that writes facts into the store of ongoing calls, one after the other; a failure is told once and forgotten. */
export const storeActor = (
	store: OngoingCallStore,
	now: () => number,
	warn: (message: string, cause: unknown) => void
) =>
	fromCallback<{ type: 'PERSIST'; fact: CallFact }, { account: string; token: RoomToken }>(
		({ input, receive }) => {
			let isWarned = false;
			let last: Promise<void> = Promise.resolve();
			receive(({ fact }) => {
				last = last
					.then(() => store.update([input.account, input.token], (row) => nextRow(row, fact, input, now())))
					.catch((cause: unknown) => {
						if (!isWarned) warn('the call is not remembered in this browser', cause);
						isWarned = true;
					});
			});
		}
	);
