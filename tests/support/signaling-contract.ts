import { createActor, fromCallback, type EventObject } from 'xstate';
import {
	signalingSessionMachine,
	type SignalingReport
} from '../../src/lib/domain/call/signaling-session-machine.ts';
import type { PeerSignal, SignalingNews, SignalingTransport } from '../../src/lib/domain/signaling.ts';
import type { EnteredRoom, TalkApi } from '../../src/lib/domain/talk-api.ts';
import type { CallId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import { expectSame, until, type ContractCase } from './contract.ts';

/** A server, and browsers that reach it over a wire that can be cut. */
export interface SignalingPlatform {
	/** A room of its own for each case. */
	newRoom(): Promise<RoomToken>;
	/** A browser that nobody knows yet; in the same tab as another one, it is the same guest. */
	openBrowser(sameTabAs?: Browser): Promise<Browser>;
	/** The server says by itself when there is something in the chat. */
	tellsOfChat: boolean;
}

export interface Browser {
	api: TalkApi;
	transport: SignalingTransport;
	/** Every connection ends, new ones are refused. */
	cut(): void;
	restore(): void;
}

type Heard = SignalingReport | SignalingNews;
type HeardOf<Type extends Heard['type']> = Extract<Heard, { type: Type }>;

const present = { inCall: true, audio: true, video: false };
const plainly = { silent: false, consent: false };

const candidate = (n: number): PeerSignal => ({
	kind: 'candidates',
	callId: '1766000000000' as CallId,
	purpose: 'usermedia',
	candidates: [{ candidate: `candidate:${n}`, sdpMid: '0', sdpMLineIndex: 0 }]
});
const offer: PeerSignal = {
	callId: '1766000000000' as CallId,
	purpose: 'usermedia',
	kind: 'invite',
	description: { type: 'offer', sdp: 'v=0\r\ns=Grüße\r\n' },
	metadata: {},
	lifetimeMs: 10_000
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Somebody in a room, with the machine that calls use. */
export async function enter(
	{ api, transport }: Omit<Browser, 'cut' | 'restore'>,
	token: RoomToken,
	name: string
) {
	const heard: Heard[] = [];
	const room: EnteredRoom = await api.enterRoom(token, { takeOver: true });
	await api.setGuestName(token, name);
	const hear = fromCallback<EventObject>(({ receive }) => receive((event) => heard.push(event as Heard)));
	const owner = createActor(hear).start();
	const signaling = createActor(signalingSessionMachine, {
		input: {
			api,
			transport,
			token,
			nextcloudSessionId: room.nextcloudSessionId,
			password: undefined,
			name,
			random: Math.random,
			owner
		}
	}).start();
	const of = <Type extends Heard['type']>(type: Type) =>
		heard.filter((event): event is HeardOf<Type> => event.type === type);
	const hears = async <Type extends Heard['type']>(
		type: Type,
		fits: (event: HeardOf<Type>) => boolean = () => true
	): Promise<HeardOf<Type>> => {
		await until(() => of(type).some(fits), `${name} hears ${type} that fits`);
		return of(type).find(fits) as HeardOf<Type>;
	};
	const up = async () => hears('SIGNALING_UP');
	let sent = 0;
	const seenAs = (id: SessionId) =>
		of('PARTICIPANTS_CHANGED')
			.flatMap(({ participants }) => participants)
			.filter(({ sessionId }) => sessionId === id);
	return {
		name,
		room,
		heard,
		of,
		hears,
		up,
		/** Until the newest word on a session fits. */
		sees: async (id: SessionId, fits: (last: ReturnType<typeof seenAs>[number]) => boolean) => {
			const isSo = () => {
				const last = seenAs(id).at(-1);
				return last !== undefined && fits(last);
			};
			await until(isSo, `${name} sees a participant that fits`);
		},
		seenAs,
		signal: (to: SessionId, ...signals: PeerSignal[]) => {
			for (const signal of signals) {
				sent += 1;
				signaling.send({ type: 'SEND_SIGNAL', to, signal, id: sent, replyTo: owner });
			}
		},
		say: (...event: Parameters<typeof signaling.send>) => signaling.send(...event),
		/** What was received from somebody, in order. */
		candidatesFrom: (from: SessionId) =>
			of('PEER_SIGNAL_RECEIVED').flatMap((event) =>
				event.from === from && event.signal.kind === 'candidates'
					? event.signal.candidates.map((each) => each.candidate)
					: []
			),
		answersAgain: () => signaling.getSnapshot().context.answersAgain,
		isStopped: () => signaling.getSnapshot().status !== 'active',
		stop: () => {
			signaling.send({ type: 'STOP' });
			signaling.stop();
			owner.stop();
		}
	};
}
type Guest = Awaited<ReturnType<typeof enter>>;

/** Two in a room who are up. */
interface Pair {
	token: RoomToken;
	ann: Guest;
	ben: Guest;
	annId: SessionId;
	benId: SessionId;
	browsers: { ann: Browser; ben: Browser };
}

const cases: { name: string; run: (pair: Pair, platform: SignalingPlatform) => Promise<void> }[] = [
	{
		name: 'lets in once, with a session of our own',
		run: async ({ ann, annId, benId }, { tellsOfChat }) => {
			const [first, ...more] = ann.of('SIGNALING_UP');
			expectSame(more, [], 'further reports');
			expectSame(
				{ ...first, iceServers: null, sessionId: null },
				{
					type: 'SIGNALING_UP',
					sessionId: null,
					resumed: false,
					iceServers: null,
					hasMediaServer: false,
					hasSimulcast: false,
					takesUpdates: false,
					tellsOfChat
				},
				'the report'
			);
			expectSame(annId === benId, false, 'the same session for two');
		}
	},
	{
		name: 'tells who is there, who is in the call, and with what',
		run: async ({ token, ann, ben, annId, benId, browsers }) => {
			await ann.sees(benId, ({ presence }) => presence?.inCall === false);
			await browsers.ben.api.joinCall(token, { ...present, video: true }, plainly);
			await ann.sees(benId, ({ presence }) => presence?.inCall === true && presence.audio && presence.video);
			await browsers.ben.api.updateCall(token, present);
			await ann.sees(benId, ({ presence }) => presence?.inCall === true && !presence.video);
			const ofBen = ann.seenAs(benId).at(-1);
			expectSame(
				[ofBen?.nextcloudSessionId, ofBen?.actorType, ofBen?.actorId],
				[ben.room.nextcloudSessionId, 'guests', ben.room.actorId],
				'who it is'
			);
			expectSame(ofBen?.permissions?.publishAudio, true, 'what they may do');
			await browsers.ann.api.joinCall(token, present, plainly);
			await ann.sees(annId, ({ presence }) => presence?.inCall === true);
			const names = (await browsers.ann.api.listCallPeers(token)).map(({ name }) => name).sort();
			expectSame(names, ['Ann', 'Ben'], 'names in the list of the call');
		}
	},
	{
		name: 'carries signals both ways, whole, once and in order',
		run: async ({ ann, ben, annId, benId }) => {
			const count = 120;
			ann.signal(benId, offer, ...range(0, count / 2).map(candidate));
			ben.signal(annId, ...range(0, count).map(candidate));
			await ben.hears('PEER_SIGNAL_RECEIVED');
			ann.signal(benId, ...range(count / 2, count).map(candidate));
			const expected = range(0, count).map((n) => `candidate:${n}`);
			await until(() => ben.candidatesFrom(annId).length >= count, 'Ben has all of them');
			await until(() => ann.candidatesFrom(benId).length >= count, 'Ann has all of them');
			expectSame(ben.candidatesFrom(annId), expected, 'what Ben got');
			expectSame(ann.candidatesFrom(benId), expected, 'what Ann got');
			const [first] = ben.of('PEER_SIGNAL_RECEIVED');
			expectSame(first, { type: 'PEER_SIGNAL_RECEIVED', from: annId, signal: offer }, 'the offer');
		}
	},
	{
		name: 'carries states to each who is named, and to nobody else',
		run: async ({ token, ann, ben, annId, benId }, platform) => {
			const cleo = await enter(await platform.openBrowser(), token, 'Cleo');
			const { sessionId: cleoId } = await cleo.up();
			const states = [
				{ kind: 'microphone', state: 'off' },
				{ kind: 'hand', state: 'raised', at: 7 },
				{ kind: 'name', name: 'Änn' },
				{ kind: 'reaction', emoji: '❤️' }
			] as const;
			for (const state of states) ann.say({ type: 'SEND_STATE_TO', to: [benId, cleoId], state });
			ann.say({ type: 'SEND_STATE_TO', to: [cleoId], state: { kind: 'camera', state: 'off' } });
			const expected = states.map((state) => ({ type: 'MEMBER_STATE_RECEIVED', from: annId, state }));
			await until(() => cleo.of('MEMBER_STATE_RECEIVED').length === states.length + 1, 'Cleo has all');
			await until(() => ben.of('MEMBER_STATE_RECEIVED').length === states.length, 'Ben has his');
			expectSame(ben.of('MEMBER_STATE_RECEIVED'), expected, 'what Ben got');
			cleo.stop();
		}
	},
	{
		name: 'carries the orders of a moderator, and nobody else’s',
		run: async (_, platform) => {
			const [hers, his] = [await platform.openBrowser(), await platform.openBrowser()];
			const { token } = await hers.api.createRoom('Own');
			const host = await enter(hers, token, 'Hanna');
			const guest = await enter(his, token, 'Gustav');
			const [{ sessionId: hostId }, { sessionId: guestId }] = [await host.up(), await guest.up()];
			guest.say({ type: 'SEND_ORDER_TO', to: [hostId], order: { kind: 'mute', target: hostId } });
			host.say({ type: 'SEND_ORDER_TO', to: [guestId], order: { kind: 'mute', target: guestId } });
			host.say({ type: 'SEND_ORDER_TO', to: [guestId], order: { kind: 'lower-hand', target: guestId } });
			await guest.hears('HAND_LOWERED_BY_MODERATOR');
			const muted = { type: 'MUTED_BY_MODERATOR', target: guestId, from: hostId } as const;
			expectSame(guest.of('MUTED_BY_MODERATOR'), [muted], 'what the guest was told');
			expectSame(host.of('MUTED_BY_MODERATOR'), [], 'what the host was told');
			host.stop();
			guest.stop();
		}
	},
	{
		name: 'tells who leaves the call, and who leaves the room',
		run: async ({ token, ann, ben, benId, browsers }) => {
			await browsers.ben.api.joinCall(token, present, plainly);
			await ann.sees(benId, ({ presence }) => presence?.inCall === true);
			ben.say({ type: 'PARTING' });
			await browsers.ben.api.leaveCall(token);
			await ann.sees(benId, ({ presence }) => presence?.inCall === false);
			await browsers.ben.api.leaveRoom(token);
			const { sessionIds } = await ann.hears('SESSIONS_LEFT');
			expectSame(sessionIds, [benId], 'who left');
			expectSame(ben.of('ROOM_REENTERED'), [], 'coming back of who left');
		}
	},
	{
		name: 'comes back after a loss as the same session, with what was said meanwhile, and nobody noticed',
		run: async ({ token, ann, ben, annId, benId, browsers }) => {
			await browsers.ann.api.joinCall(token, present, plainly);
			await browsers.ben.api.joinCall(token, present, plainly);
			await ann.sees(benId, ({ presence }) => presence?.inCall === true);
			await ben.sees(annId, ({ presence }) => presence?.inCall === true);
			ann.signal(benId, ...range(0, 10).map(candidate));
			await until(() => ben.candidatesFrom(annId).length === 10, 'Ben has the first ones');

			browsers.ann.cut();
			await ann.hears('SIGNALING_DOWN');
			ann.signal(benId, ...range(10, 20).map(candidate));
			ben.signal(annId, ...range(0, 20).map(candidate));
			browsers.ann.restore();

			await ann.hears('SIGNALING_UP', ({ resumed }) => resumed);
			const [, again] = ann.of('SIGNALING_UP');
			expectSame([again?.sessionId, again?.resumed], [annId, true], 'who is back');
			const all = range(0, 20).map((n) => `candidate:${n}`);
			await until(() => ben.candidatesFrom(annId).length >= 20, 'Ben has all');
			await until(() => ann.candidatesFrom(benId).length >= 20, 'Ann has all');
			expectSame(ben.candidatesFrom(annId), all, 'what Ben got');
			expectSame(ann.candidatesFrom(benId), all, 'what Ann got');
			expectSame(ben.of('SESSIONS_LEFT'), [], 'who left');
			expectSame(ben.seenAs(annId).at(-1)?.presence?.inCall, true, 'Ann is in the call, for Ben');
		}
	},
	{
		name: 'tells after a loss who went meanwhile',
		run: async ({ token, ann, ben, benId, browsers }) => {
			await ann.sees(benId, () => true);
			browsers.ann.cut();
			await ann.hears('SIGNALING_DOWN');
			ben.say({ type: 'PARTING' });
			await browsers.ben.api.leaveRoom(token);
			browsers.ann.restore();
			const { sessionIds } = await ann.hears('SESSIONS_LEFT');
			expectSame(sessionIds, [benId], 'who left');
		}
	},
	{
		name: 'ends when the same tab enters the room once more',
		run: async ({ token, ann, annId, ben, browsers }, platform) => {
			const other = await platform.openBrowser(browsers.ann);
			const again = await enter(other, token, 'Ann again');
			const { reason } = await ann.hears('REMOVED_FROM_ROOM');
			expectSame(reason, 'replaced', 'the reason');
			const { sessionId } = await again.up();
			await until(ann.isStopped, 'the first one has stopped');
			await ben.hears('SESSIONS_LEFT', ({ sessionIds }) => sessionIds.includes(annId));
			await ben.sees(sessionId, () => true);
			again.stop();
		}
	},
	{
		name: 'is never deaf: who is out of the room is told, or is back in it',
		run: async ({ token, ann, ben, annId, browsers }) => {
			await browsers.ann.api.leaveRoom(token);
			await ben.hears('SESSIONS_LEFT', ({ sessionIds }) => sessionIds.includes(annId));
			const isBack = () => ann.of('SIGNALING_UP').length === 2;
			await until(() => isBack() || ann.of('REMOVED_FROM_ROOM').length === 1, 'Ann knows');
			if (!isBack()) {
				expectSame(ann.of('REMOVED_FROM_ROOM')[0]?.reason, 'removed', 'the reason');
				return;
			}
			const [, again] = ann.of('SIGNALING_UP');
			expectSame([again?.resumed, again?.sessionId === annId], [false, false], 'the new session');
			ben.signal(again?.sessionId ?? annId, candidate(1));
			await ann.hears('PEER_SIGNAL_RECEIVED');
		}
	},
	{
		name: 'takes its session along when it is stopped, and the others hear of it at once',
		run: async ({ token, ann, ben, annId, browsers }) => {
			await browsers.ann.api.joinCall(token, present, plainly);
			await ben.sees(annId, ({ presence }) => presence?.inCall === true);
			ann.say({ type: 'STOP' });
			expectSame(ann.isStopped(), true, 'stopped');
			const { sessionIds } = await ben.hears('SESSIONS_LEFT');
			expectSame(sessionIds, [annId], 'who left');
			expectSame((await browsers.ben.api.lookUpRoom(token)).hasCall, false, 'the call goes on');
		}
	},
	{
		name: 'hears nothing after it was stopped',
		run: async ({ token, ann, ben, annId, browsers }) => {
			ann.stop();
			const before = ann.heard.length;
			ben.signal(annId, candidate(1));
			await browsers.ben.api.joinCall(token, present, plainly);
			await ben.hears('PARTICIPANTS_CHANGED', ({ participants }) =>
				participants.some(({ presence }) => presence?.inCall === true)
			);
			expectSame(ann.heard.length, before, 'events');
		}
	}
];

/** What a call relies on in signaling, whatever carries it: each case runs in a room of its own. */
export const signalingContract = (platform: SignalingPlatform): ContractCase[] =>
	cases.map(({ name, run }) => ({
		name,
		run: async () => {
			const token = await platform.newRoom();
			const browsers = { ann: await platform.openBrowser(), ben: await platform.openBrowser() };
			const ann = await enter(browsers.ann, token, 'Ann');
			const { sessionId: annId } = await ann.up();
			const ben = await enter(browsers.ben, token, 'Ben');
			const { sessionId: benId } = await ben.up();
			try {
				await run({ token, ann, ben, annId, benId, browsers }, platform);
			} finally {
				ann.stop();
				ben.stop();
			}
		}
	}));
