import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { createActor, createMachine, fromCallback } from 'xstate';
import { groupCallMachine } from '../src/lib/domain/call/group-call-machine.ts';
import type { GroupCallInput } from '../src/lib/domain/call/group-call/setup.ts';
import { memberMachine } from '../src/lib/domain/call/member-machine.ts';
import { peerCallMachine } from '../src/lib/domain/call/peer-call-machine.ts';
import type {
	PeerCallEvent,
	PeerConnectionInput,
	SendCommand,
	SendState
} from '../src/lib/domain/call/peer-call/setup.ts';
import type { PeerConnectionCommand } from '../src/lib/domain/call/peer-connection.ts';
import { relayActor } from '../src/lib/domain/call/edges.ts';
import { diffMembers } from '../src/lib/domain/call/roster.ts';
import type { PeerSignal, SignalingTransport, SocketEvent } from '../src/lib/domain/signaling.ts';
import type { RoomInfo, TalkApi } from '../src/lib/domain/talk-api.ts';
import type { CallId, NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../src/lib/protocol/ids.ts';
import { quietChat } from '../tests/support/quiet-chat.ts';
import { median } from './join/figures.ts';

/**
 * What the engine itself costs, without a browser: no media, no network, edges that answer at once. Each figure stands
 * beside a floor that was measured in the same run, round after round; medians of the rounds.
 */

const rounds = 9;
const members = 1_000;
/** How many are in a call that is joined, and how often that is measured. */
const storms = [
	{ members: 100, times: 5 },
	{ members: 1_000, times: 3 },
	{ members: 5_000, times: 1 }
];
/** Of the processor for each member of a call of a thousand; of memory for all of them; of what is sent for each member. */
const bounds = { cpuMsPerMember: 2, heapMegabytes: 60, messagesPerMember: 2.5 };
/** By how much a figure may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;
const token = 'bench' as RoomToken;

/** @returns CPU milliseconds of this process, on all threads */
const cpuOf = async (work: () => unknown): Promise<number> => {
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1_000;
};
const heapAfterGc = (): number => {
	if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
	globalThis.gc();
	globalThis.gc();
	return process.memoryUsage().heapUsed;
};

/** A browser that is content with everything, and connects as soon as both descriptions are there. */
const contentEdge = fromCallback<PeerConnectionCommand | SendState, PeerConnectionInput, PeerCallEvent>(
	({ receive, sendBack }) => {
		let hasRemote = false;
		receive((command) => {
			switch (command.type) {
				case 'APPLY_MEDIA':
					sendBack({ type: 'PC_MEDIA_APPLIED', token: command.token });
					if (command.offering) sendBack({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
					return;
				case 'SET_LOCAL':
					sendBack({
						type: 'PC_LOCAL_SET',
						token: command.token,
						description: { type: hasRemote ? 'answer' : 'offer', sdp: 'v=0' },
						streamIds: ['ours'],
						screenStreamIds: []
					});
					if (hasRemote) sendBack({ type: 'PC_ICE_STATE', state: 'connected' });
					return;
				case 'SET_REMOTE':
					sendBack({ type: 'PC_REMOTE_SET', token: command.token, receivers: 2, hasData: true });
					if (hasRemote || command.description.type === 'answer')
						sendBack({ type: 'PC_ICE_STATE', state: 'connected' });
					hasRemote = true;
					return;
				case 'READ_STATS':
					sendBack({
						type: 'PC_STATS',
						token: command.token,
						stats: { bytesSent: 0, bytesReceived: 0, roundTripMs: null }
					});
					return;
				default:
			}
		});
	}
);

const silentTransport = fromCallback<SendCommand, { member: SessionId }, PeerCallEvent>(
	({ receive, sendBack }) => {
		receive(({ id }) => sendBack({ type: 'SEND_OK', id }));
	}
);

/** Changes of mute, the commonest thing that happens to a connected call, each with a new snapshot. */
async function peerCallTransitions(count: number): Promise<number> {
	const actor = createActor(
		peerCallMachine.provide({ actors: { pc: contentEdge, transport: silentTransport } }),
		{
			input: {
				profile: 'talkMesh',
				purpose: 'usermedia',
				callId: 'call' as CallId,
				member: 'them' as SessionId,
				direction: 'outbound',
				lease: null,
				muted: { audio: false, video: false },
				answersAlone: true,
				media: { audio: 'both', video: 'both' },
				iceServers: []
			}
		}
	).start();
	actor.send({ type: 'CALL', lease: null, muted: { audio: false, video: false } });
	actor.send({
		type: 'REMOTE_ANSWER',
		callId: 'call' as CallId,
		from: 'them' as SessionId,
		description: { type: 'answer', sdp: 'v=0' },
		metadata: {}
	});
	if (!actor.getSnapshot().matches({ open: { alive: { phase: 'connected' } } })) {
		throw new Error('the call did not connect');
	}
	const cpuMs = await cpuOf(() => {
		for (let nth = 0; nth < count; nth += 1) {
			actor.send({ type: 'SET_MUTED', muted: { audio: nth % 2 === 0, video: false } });
		}
	});
	actor.stop();
	return (count / cpuMs) * 1_000;
}

/** The floor: the smallest machine that does anything. */
async function smallestTransitions(count: number): Promise<number> {
	const toggle = createMachine({
		initial: 'off',
		states: { off: { on: { TOGGLE: 'on' } }, on: { on: { TOGGLE: 'off' } } }
	});
	const actor = createActor(toggle).start();
	const cpuMs = await cpuOf(() => {
		for (let nth = 0; nth < count; nth += 1) actor.send({ type: 'TOGGLE' });
	});
	actor.stop();
	return (count / cpuMs) * 1_000;
}

const ids = (count: number, first = 0): SessionId[] =>
	Array.from(
		{ length: count },
		(_, index) => `session-${String(first + index).padStart(5, '0')}` as SessionId
	);

/** @returns microseconds for one diff of 1 000 against 1 000, of which 20 left and 20 came */
async function rosterDiff(times: number): Promise<number> {
	const [known, wanted] = [ids(members), ids(members, 20)];
	const cpuMs = await cpuOf(() => {
		for (let nth = 0; nth < times; nth += 1) {
			if (diffMembers(known, wanted).added.length !== 20) throw new Error('wrong diff');
		}
	});
	return (cpuMs * 1_000) / times;
}

/** The floor: two sets made and one of them asked about everything in the other list. */
async function twoSets(times: number): Promise<number> {
	const [known, wanted] = [ids(members), ids(members, 20)];
	const cpuMs = await cpuOf(() => {
		for (let nth = 0; nth < times; nth += 1) {
			const [have, want] = [new Set(known), new Set(wanted)];
			const gone = known.filter((id) => !want.has(id)).length;
			if (gone + wanted.filter((id) => !have.has(id)).length !== 40) throw new Error('wrong diff');
		}
	});
	return (cpuMs * 1_000) / times;
}

const room: RoomInfo = {
	token,
	name: 'Bench',
	hasPassword: false,
	hasCall: true,
	callStartedAt: 1,
	isReadOnly: false,
	isLobbyActive: false,
	lobbyOpensAt: 0,
	needsRecordingConsent: false,
	permissions: {
		startCall: true,
		joinCall: true,
		publishAudio: true,
		publishVideo: true,
		publishScreen: true,
		chat: true
	}
};

/** A Talk server with a media server, and people who publish. Everything is answered in a microtask. */
function openServer(others: readonly SessionId[]) {
	let tell: (event: SocketEvent) => void = () => undefined;
	const own = 'own-session' as SessionId;
	const presence = { inCall: true, audio: true, video: true };
	const announce = (isOwnIn: boolean) => {
		tell({
			type: 'PARTICIPANTS_CHANGED',
			participants: [
				...others.map((sessionId) => ({ sessionId, presence, name: sessionId })),
				{ sessionId: own, presence: { ...presence, inCall: isOwnIn }, name: 'own' }
			]
		});
	};
	const reply = (from: SessionId, signal: PeerSignal) =>
		queueMicrotask(() => {
			tell({ type: 'PEER_SIGNAL_RECEIVED', from, signal });
		});
	let offers = 0;
	const sent = { messages: 0 };
	const transport: SignalingTransport = {
		open: (_, listener) => {
			tell = listener;
			queueMicrotask(() => {
				listener({ type: 'SOCKET_OPENED' });
				listener({ type: 'WELCOME_RECEIVED', features: ['hello-v2', 'mcu'] });
			});
			return {
				hello: () =>
					queueMicrotask(() => {
						listener({
							type: 'HELLO_ACCEPTED',
							sessionId: own,
							resumeId: 'resume' as ResumeId,
							features: ['hello-v2', 'mcu']
						});
					}),
				resume: () => undefined,
				joinRoom: () =>
					queueMicrotask(() => {
						listener({ type: 'ROOM_JOINED', token });
						announce(false);
					}),
				sendSignal: (to, signal) => {
					sent.messages += 1;
					const { purpose, callId } = signal;
					if (signal.kind === 'invite') {
						const description = { type: 'answer' as const, sdp: 'v=0' };
						reply(to, { kind: 'answer', callId, purpose, description, metadata: {} });
					} else if (signal.kind === 'request_offer') {
						offers += 1;
						reply(to, {
							kind: 'invite',
							callId: `offer-${offers}` as CallId,
							purpose,
							description: { type: 'offer', sdp: 'v=0' },
							metadata: {},
							lifetimeMs: 10_000
						});
					}
				},
				sendState: () => void (sent.messages += 1),
				sendOrder: () => void (sent.messages += 1),
				bye: () => undefined,
				close: () => undefined
			};
		}
	};
	const nothing = async () => undefined;
	const page = async () => ({ messages: [], lastGiven: undefined });
	const api: TalkApi = {
		...quietChat,
		fetchServerInfo: async () => ({
			callsEnabled: true,
			maxChatLength: 1_000,
			reactions: [],
			features: [],
			canCreateRooms: false,
			hasEncryptedCalls: false
		}),
		lookUpRoom: async () => room,
		enterRoom: async () => ({
			...room,
			nextcloudSessionId: 'own' as NextcloudSessionId,
			actorType: 'guests',
			actorId: 'own',
			isModerator: false
		}),
		leaveRoom: nothing,
		setGuestName: nothing,
		fetchSignalingSettings: async () => ({
			url: 'wss://bench.example',
			backendUrl: 'https://bench.example',
			helloV1: null,
			helloV2: { token: 'jwt' },
			iceServers: []
		}),
		joinCall: async () => {
			await Promise.resolve(); // the answer to joining the room comes first, with ourselves still outside
			announce(true);
		},
		updateCall: nothing,
		leaveCall: nothing,
		listCallPeers: async () => [],
		fetchHistory: page,
		fetchNewer: page,
		sendMessage: async () => null,
		createRoom: async () => room
	};
	return { transport, api, sent };
}

/** One real call that others are in. @returns once all of them are connected, with how much that took to be said */
async function joinStorm(count: number) {
	const { transport, api, sent } = openServer(ids(count));
	let callIds = 0;
	const input: GroupCallInput = {
		ports: {
			api,
			transport,
			outbox: { claim: async () => [], put: async () => undefined, remove: async () => undefined },
			now: () => Date.now(),
			random: () => 0.5,
			newCallId: () => `own-${(callIds += 1)}` as CallId,
			newReferenceId: () => 'reference',
			releaseResources: () => undefined
		},
		profile: 'talkMesh',
		account: 'https://bench.example',
		room,
		name: 'Own',
		password: undefined,
		tabId: 'tab',
		media: {
			version: 1,
			lease: { leaseId: 'usermedia-1', tracks: {} },
			screen: null,
			microphone: 'off',
			camera: 'off',
			has: { audio: false, video: false }
		},
		mediaChoice: { microphone: 'off', camera: 'off', microphoneDevice: null, cameraDevice: null },
		consent: false,
		maxChatLength: 1_000
	};
	const peerCall = peerCallMachine.provide({ actors: { pc: contentEdge, transport: relayActor } });
	const actor = createActor(
		groupCallMachine.provide({ actors: { member: memberMachine.provide({ actors: { peerCall } }) } }),
		{ systemId: 'call', input }
	);
	const isUp = (id: SessionId) => {
		const children = actor.getSnapshot().children as Record<string, { getSnapshot(): unknown } | undefined>;
		const snapshot = children[`member:${id}`]?.getSnapshot() as { value?: { present?: unknown } } | undefined;
		return snapshot?.value?.present === 'up';
	};
	actor.start();
	const deadline = Date.now() + 60_000;
	// each is looked at again until it is up, and then no more: looking is no part of joining
	for (const id of ids(count)) {
		while (!isUp(id)) {
			if (Date.now() > deadline) throw new Error(`${id} of ${count} did not come up`);
			await new Promise((later) => setTimeout(later, 10));
		}
	}
	return { actor, messages: sent.messages };
}

interface Storm {
	cpuMs: number;
	heapBytes: number;
	messages: number;
}
async function measureStorm(count: number): Promise<Storm> {
	const before = heapAfterGc();
	let call: Awaited<ReturnType<typeof joinStorm>> | undefined;
	const cpuMs = await cpuOf(async () => {
		call = await joinStorm(count);
	});
	const heapBytes = heapAfterGc() - before;
	call?.actor.stop();
	return { cpuMs, heapBytes, messages: call?.messages ?? Number.NaN };
}

const figures = {
	peerCallPerSecond: [] as number[],
	smallestPerSecond: [] as number[],
	diffMicros: [] as number[],
	setsMicros: [] as number[]
};
await peerCallTransitions(2_000); // warm
await smallestTransitions(2_000);
for (let round = 0; round < rounds; round += 1) {
	figures.peerCallPerSecond.push(await peerCallTransitions(10_000));
	figures.smallestPerSecond.push(await smallestTransitions(10_000));
	figures.diffMicros.push(await rosterDiff(500));
	figures.setsMicros.push(await twoSets(500));
}
await measureStorm(50); // warm
const stormsFound: { members: number; found: Storm[] }[] = [];
for (const { members, times } of storms) {
	const found: Storm[] = [];
	for (let nth = 0; nth < times; nth += 1) found.push(await measureStorm(members));
	stormsFound.push({ members, found });
}

const rounded = (value: number, digits = 1) => Number(value.toFixed(digits));
const joinStorms = stormsFound.map(({ members, found }) => {
	const of = (read: (storm: Storm) => number) => median(found.map(read));
	return {
		members,
		cpuMs: Math.round(of(({ cpuMs }) => cpuMs)),
		cpuMsPerMember: rounded(of(({ cpuMs }) => cpuMs) / members, 2),
		heapMegabytes: rounded(of(({ heapBytes }) => heapBytes) / 1e6),
		messagesPerMember: rounded(of(({ messages }) => messages) / members, 2)
	};
});

/** @param factor how far beyond a bound is told */
const beyond = (factor: number): string[] =>
	joinStorms.flatMap((storm) => {
		const names: (keyof typeof bounds)[] =
			storm.members === members
				? ['cpuMsPerMember', 'heapMegabytes', 'messagesPerMember']
				: ['messagesPerMember'];
		return names
			.filter((name) => storm[name] > bounds[name] * factor)
			.map((name) => `${storm.members} members: ${name} ${storm[name]} beyond ${bounds[name]}`);
	});

const result = {
	load: rounded(loadavg()[0] ?? 0, 2),
	rounds,
	transitions: {
		peerCallPerSecond: Math.round(median(figures.peerCallPerSecond)),
		smallestMachinePerSecond: Math.round(median(figures.smallestPerSecond)),
		costRatio: rounded(median(figures.smallestPerSecond) / median(figures.peerCallPerSecond), 2)
	},
	rosterDiff: {
		members,
		microseconds: rounded(median(figures.diffMicros)),
		twoSetsMicroseconds: rounded(median(figures.setsMicros)),
		costRatio: rounded(median(figures.diffMicros) / median(figures.setsMicros), 2)
	},
	joinStorms,
	bounds,
	beyond: beyond(1)
};
const target = process.argv[2];
if (target !== undefined) writeFileSync(target, JSON.stringify(result));
const failures = beyond(tolerance);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
