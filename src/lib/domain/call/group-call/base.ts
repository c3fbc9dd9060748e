import { fromCallback, fromPromise, setup } from 'xstate';
import type { RoomToken } from '../../../protocol/ids.ts';
import { chatMachine } from '../../chat/chat-machine.ts';
import type { CallFact } from '../../store/next-row.ts';
import type {
	CallPeer,
	CallPresence,
	EnteredRoom,
	RoomInfo,
	SignalingSettings,
	TalkApi
} from '../../talk-api.ts';
import { enterUnderName } from '../enter-under-name.ts';
import { memberMachine } from '../member-machine.ts';
import { signalingSessionMachine } from '../signaling-session-machine.ts';
import { memberWatcher } from './member-watcher.ts';
import { ownPresence } from './selectors.ts';
import type {
	GroupCallContext,
	GroupCallEmitted,
	GroupCallEvent,
	GroupCallInput,
	GroupCallOutput
} from './types.ts';

/** The types of a call and the actors that it runs: what the files of actions build on. */
export const groupCallBase = setup({
	types: {
		context: {} as GroupCallContext,
		input: {} as GroupCallInput,
		events: {} as GroupCallEvent,
		output: {} as GroupCallOutput,
		emitted: {} as GroupCallEmitted
	},
	actors: {
		member: memberMachine,
		/** Looks at the members, and says when something changed that matters here. */
		watcher: memberWatcher,
		signaling: signalingSessionMachine,
		chat: chatMachine,
		/** Joins the room and gives our name. */
		enterRoom: fromPromise<EnteredRoom, { input: GroupCallInput; takeOver: boolean }>(
			({ input: { input, takeOver } }) =>
				enterUnderName(input.ports.api, input.room.token, {
					name: input.name,
					password: input.password,
					takeOver
				})
		),
		lookUpRoom: fromPromise<RoomInfo, { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.lookUpRoom(input.token)
		),
		joinCall: fromPromise<CallPresence, { context: GroupCallContext; silent: boolean }>(
			async ({ input: { context, silent } }) => {
				const { input } = context;
				const presence = ownPresence(context);
				await input.ports.api.joinCall(input.room.token, presence, { silent, consent: input.consent });
				return presence;
			}
		),
		updateCall: fromPromise<CallPresence, GroupCallContext>(async ({ input: context }) => {
			const presence = ownPresence(context);
			await context.input.ports.api.updateCall(context.input.room.token, presence);
			return presence;
		}),
		/** Out of the call, but not out of the room: to come back at once. */
		stepOut: fromPromise<void, GroupCallContext>(({ input: { input } }) =>
			input.ports.api.leaveCall(input.room.token)
		),
		/**
		 * The way out of the call and of the room. A failure changes nothing: the server notices by itself. Whoever has not
		 * entered has nothing to leave; a room that is open in another tab is none of ours. Both requests leave at once: a
		 * tab that is being closed gets no second chance. To end it for everybody one must still be in the room.
		 */
		leaveCall: fromPromise<void, GroupCallContext>(async ({ input: { input, room, forEveryone } }) => {
			if (room === null) return;
			const { api } = input.ports;
			const { token } = input.room;
			const out = api.leaveCall(token, { keepalive: true, forEveryone }).catch(() => undefined);
			if (forEveryone) await out;
			await Promise.all([out, api.leaveRoom(token, { keepalive: true })]);
		}),
		fetchPeers: fromPromise<CallPeer[], { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.listCallPeers(input.token)
		),
		fetchSettings: fromPromise<SignalingSettings, { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.fetchSignalingSettings(input.token)
		),
		/** Writes to the store of ongoing calls; provided from outside, and its failures never come back. */
		store: fromCallback<{ type: 'PERSIST'; fact: CallFact }, { account: string; token: RoomToken }>(
			() => undefined
		)
	}
});

/** What an action of several steps collects them with. */
export type Enqueue = Parameters<Parameters<typeof groupCallBase.enqueueActions>[0]>[0]['enqueue'];
