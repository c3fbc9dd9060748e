import type { SnapshotFrom } from 'xstate';
import type { ErrorCode } from '../errors.ts';
import type { LocalMediaContext } from '../media/local-media-machine.ts';
import type { CallView, PersonView, TileView, ToggleView } from './call-view.ts';
import type { groupCallMachine } from './group-call-machine.ts';
import { pictureOf } from './group-call/wishes.ts';
import { membersOf, type GroupCallContext, type MemberRef } from './group-call/setup.ts';
import { callsOf } from './member-machine.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { Purpose } from '../signaling.ts';
import { ownEntry, ownPermissions } from './group-call/selectors.ts';
import { othersInCall, type RosterEntry } from './roster.ts';

type CallSnapshot = SnapshotFrom<typeof groupCallMachine>;

/** What a member's connection amounts to, for those who look at it. */
interface Connection {
	state: TileView['connection'];
	streamKey: string | null;
	hasVideo: boolean;
}

/** Keys under which the app finds our own streams; remote ones go by the id of their call. */
export const ownStreams = { camera: 'own-camera', screen: 'own-screen' } as const;

/**
 * What people see of a call, from the snapshots of its machines. Pure and cheap: it is called for every change.
 */
export function projectCall(snapshot: CallSnapshot, media: LocalMediaContext): CallView {
	const { context } = snapshot;
	const others = othersInCall(context.roster, context.ownSessionId);
	const members = membersOf(snapshot.children, 'member');
	// natively a screen comes over the connection of camera and microphone
	const isNative = context.topology === 'native';
	const shares = isNative ? members : membersOf(snapshot.children, 'share-in');
	const hands = handOrder(context, others);
	const all = others.map((entry) => cameraTile(context, entry, members.get(entry.sessionId), hands));
	const ghosts = ghostsAmong(others, all);
	const cameras = all.filter(({ key }) => !ghosts.has(key));
	const screens = others.flatMap((entry) => screenTile(context, entry, shares.get(entry.sessionId)));
	const rights = ownPermissions(context);
	const sharing = new Set<string>(screens.map(({ memberKey }) => memberKey));
	return {
		phase: phaseOf(snapshot),
		roomName: context.room?.name ?? context.input.room.name,
		tiles: [...ownScreen(context, media), ...screens, ...cameras, ownTile(context, media, hands)],
		people: [
			ownPerson(context, media, hands),
			...others
				.filter(({ sessionId }) => !ghosts.has(sessionId))
				.map((entry) => person(context, entry, sharing, hands))
		],
		microphone: toggle(
			media.microphone.intent,
			media.microphone.trackId !== null,
			rights?.publishAudio,
			media.microphone.problem
		),
		camera: toggle(
			media.camera.intent,
			media.camera.trackId !== null,
			rights?.publishVideo,
			media.camera.problem
		),
		screen: toggle(
			media.screen.video === null ? 'off' : 'on',
			media.screen.video !== null,
			rights?.publishScreen,
			media.screen.problem
		),
		...(media.screen.video !== null && { share: media.share }),
		hand: context.hand.state,
		network: network(context, cameras, membersOf(snapshot.children, 'publisher')),
		lostSince: context.lostSince,
		joinedAt: context.joinedAt,
		reactions: [],
		isRecording: context.room?.isRecording === true
	};
}

/** The view closes at once, whatever there still is to undo. */
function phaseOf(snapshot: CallSnapshot): CallView['phase'] {
	if (snapshot.matches('over') || snapshot.matches('removed')) return 'ended';
	if (snapshot.context.isLeaving || snapshot.matches('leaving')) return 'leaving';
	return snapshot.matches('joining') ? 'joining' : 'joined';
}

/**
 * Sessions left behind by somebody who reloaded: the server lists them for a while, nobody answers there, and the same
 * person is connected with another session.
 */
function ghostsAmong(others: readonly RosterEntry[], tiles: readonly TileView[]): ReadonlySet<string> {
	const actorOf = ({ actorType, actorId }: RosterEntry) =>
		actorId === '' ? null : `${actorType}\n${actorId}`;
	const connected = new Set(
		others.flatMap((entry, index) => (tiles[index]?.connection === 'connected' ? (actorOf(entry) ?? []) : []))
	);
	if (connected.size === 0) return connected;
	const isDead = (tile: TileView | undefined) =>
		tile?.connection === 'connecting' || tile?.connection === 'failed';
	return new Set(
		others.flatMap((entry, index) =>
			connected.has(actorOf(entry) ?? '') && isDead(tiles[index]) ? [entry.sessionId] : []
		)
	);
}

const toggle = (
	intent: 'on' | 'off',
	isOpen: boolean,
	isAllowed: boolean | undefined,
	problem: ErrorCode | null
): ToggleView => ({
	intent,
	isPending: (intent === 'on') !== isOpen && intent === 'on',
	blockedBy: isAllowed === false ? 'room' : (problem !== null && obstacles[problem]) || null
});

const obstacles: Partial<Record<ErrorCode, ToggleView['blockedBy']>> = {
	'media.denied': 'permission',
	'media.system': 'permission',
	'media.none': 'no-device',
	'media.busy': 'busy',
	'media.unsupported': 'unsupported'
};

/** @param publishers over a media server our own way to it, if we send anything */
function network(
	context: GroupCallContext,
	cameras: readonly TileView[],
	publishers: ReadonlyMap<SessionId, MemberRef>
): CallView['network'] {
	const theirs = cameras.map(({ connection }) => connection);
	if (!context.isOnline) return theirs.includes('connected') ? 'catching-up' : 'lost';
	const ours = [...publishers.values()].map((ref) => connectionOf(context, ref, 'usermedia').state);
	const wanted = [...theirs, ...ours].filter((state) => state !== 'none');
	// of one alone nobody can tell whose side it is, and it may well be theirs: their tile says so
	const areAllAway = wanted.length > 1 && wanted.every((state) => state === 'reconnecting');
	return areAllAway ? 'reconnecting' : 'good';
}

function nameOf(context: GroupCallContext, entry: RosterEntry): string {
	if (entry.name !== '') return entry.name;
	const asked = entry.nextcloudSessionId === null ? '' : context.peerNames[entry.nextcloudSessionId];
	// what a session claims of itself comes last: anybody can claim any name
	return asked !== undefined && asked !== '' ? asked : (context.said[entry.sessionId]?.name ?? '');
}

/** Raised hands by the time they went up, ours among them. */
function handOrder(context: GroupCallContext, others: readonly RosterEntry[]): Map<string, number> {
	const raised: { key: string; at: number }[] = others.flatMap(({ sessionId }) => {
		const at = context.said[sessionId]?.handRaisedAt;
		return at == null ? [] : [{ key: sessionId, at }];
	});
	if (context.hand.state === 'raised') raised.push({ key: 'self', at: context.hand.at });
	raised.sort((one, other) => one.at - other.at);
	return new Map(raised.map(({ key }, index) => [key, index + 1]));
}

function connectionOf(
	{ topology }: GroupCallContext,
	ref: MemberRef | undefined,
	purpose: Purpose
): Connection {
	const none: Connection = { state: 'none', streamKey: null, hasVideo: false };
	if (ref === undefined) return none;
	const member = ref.getSnapshot();
	const { current } = member.context;
	const peer = current === null ? undefined : callsOf(member.children).get(current)?.getSnapshot();
	const stream = peer?.context.streams[purpose];
	const media =
		topology === 'native'
			? { streamKey: stream?.streamKey ?? null, hasVideo: stream?.video === true && !stream.videoMuted }
			: { streamKey: peer?.context.streamKey ?? null, hasVideo: peer?.context.tracks.video ?? false };
	if (member.matches({ present: 'idle' })) return none;
	if (member.matches({ present: 'failed' })) return { ...none, state: 'failed' };
	if (member.matches({ present: 'up' })) {
		return { ...media, state: peer?.context.isIceUp === true ? 'connected' : 'reconnecting' };
	}
	const isSecondTry = member.context.retries > 0 || member.matches({ present: 'retryWait' });
	return { ...media, state: isSecondTry ? 'reconnecting' : 'connecting' };
}

const microphoneOf = (context: GroupCallContext, { sessionId, presence }: RosterEntry) =>
	presence.audio ? (context.said[sessionId]?.microphone ?? 'on') : 'off';
const cameraOf = (context: GroupCallContext, { sessionId, presence }: RosterEntry) =>
	presence.video ? (context.said[sessionId]?.camera ?? 'on') : 'off';

function cameraTile(
	context: GroupCallContext,
	entry: RosterEntry,
	ref: MemberRef | undefined,
	hands: Map<string, number>
): TileView {
	const connection = connectionOf(context, ref, 'usermedia');
	const said = context.said[entry.sessionId];
	const isPaused =
		context.saving !== 'nothing' &&
		cameraOf(context, entry) === 'on' &&
		pictureOf(context, entry.sessionId) === 'none';
	return {
		key: entry.sessionId,
		memberKey: entry.sessionId,
		source: 'camera',
		name: nameOf(context, entry),
		streamKey: connection.streamKey,
		connection: connection.state,
		microphone: microphoneOf(context, entry),
		video: connection.hasVideo && !isPaused ? cameraOf(context, entry) : 'off',
		...(isPaused && { isPaused }),
		isSpeaking: said?.speaking === 'on',
		handOrder: hands.get(entry.sessionId) ?? null,
		reaction: said?.reaction?.emoji ?? null,
		...(said?.reaction && { reactionCount: said.reaction.count })
	};
}

function screenTile(context: GroupCallContext, entry: RosterEntry, ref: MemberRef | undefined): TileView[] {
	const connection = connectionOf(context, ref, 'screenshare');
	if (ref === undefined || connection.state === 'none' || connection.state === 'failed') return [];
	if (context.topology === 'native' && connection.streamKey === null) return [];
	return [
		{
			key: `screen:${entry.sessionId}`,
			memberKey: entry.sessionId,
			source: 'screen',
			name: nameOf(context, entry),
			streamKey: connection.streamKey,
			connection: connection.state,
			microphone: 'off',
			video: connection.hasVideo ? 'on' : 'off',
			isSpeaking: false,
			handOrder: null,
			reaction: null
		}
	];
}

function ownTile(context: GroupCallContext, media: LocalMediaContext, hands: Map<string, number>): TileView {
	const isCameraOn = media.camera.intent === 'on' && media.camera.trackId !== null;
	return {
		key: 'self',
		memberKey: 'self',
		source: 'camera',
		name: context.input.name,
		streamKey: isCameraOn ? ownStreams.camera : null,
		connection: 'connected',
		microphone: context.media.microphone,
		video: isCameraOn ? 'on' : 'off',
		isSpeaking: false,
		handOrder: hands.get('self') ?? null,
		reaction: context.ownReaction?.emoji ?? null,
		...(context.ownReaction && { reactionCount: context.ownReaction.count })
	};
}

/** For the notice that we are sharing; it is never shown large, inside itself. */
const ownScreen = (context: GroupCallContext, media: LocalMediaContext): TileView[] =>
	media.screen.video === null
		? []
		: [
				{
					key: 'screen:self',
					memberKey: 'self',
					source: 'screen',
					name: context.input.name,
					streamKey: ownStreams.screen,
					connection: 'connected',
					microphone: media.screen.audio === null ? 'off' : 'on',
					video: 'on',
					isSpeaking: false,
					handOrder: null,
					reaction: null
				}
			];

const ownPerson = (
	context: GroupCallContext,
	media: LocalMediaContext,
	hands: Map<string, number>
): PersonView => ({
	memberKey: 'self',
	name: context.input.name,
	microphone: context.media.microphone,
	camera: context.media.camera,
	isSharing: media.screen.video !== null,
	handOrder: hands.get('self') ?? null,
	isModerator: ownEntry(context)?.isModerator ?? context.room?.isModerator ?? false
});

const person = (
	context: GroupCallContext,
	entry: RosterEntry,
	sharing: ReadonlySet<string>,
	hands: Map<string, number>
): PersonView => ({
	memberKey: entry.sessionId,
	name: nameOf(context, entry),
	microphone: microphoneOf(context, entry),
	camera: cameraOf(context, entry),
	isSharing: sharing.has(entry.sessionId),
	handOrder: hands.get(entry.sessionId) ?? null,
	isModerator: entry.isModerator ?? false,
	isSpeaking: context.said[entry.sessionId]?.speaking === 'on'
});
