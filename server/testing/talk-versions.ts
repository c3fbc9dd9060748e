/** What one version of Talk, with the signaling server that was usual beside it, answers. */
export interface TalkVersion {
	/** Talk's own version; Nextcloud's is ten more */
	talk: number;
	features: string[];
	config: Record<string, unknown>;
	/** fields of a room, beside those that have always been there */
	roomFields: Record<string, unknown>;
	/** fields of an entry in a participants update, beside session and flags */
	entryFields: (name: string) => Record<string, unknown>;
	settings: {
		/** guests have to name a room that is there */
		needsRoom: boolean;
		/** in internal mode, what a hello would prove itself with is left out */
		hasTicketAlways: boolean;
		federation: unknown;
		mode: 'external' | 'conversation_cluster';
	};
	/** several tabs of one browser are several guests */
	knowsTabs: boolean;
	/** of the signaling server; `null`: one from before there was a welcome */
	welcome: string[] | null;
	/** members of a room are told with what their clients can do */
	joinsHaveFeatures: boolean;
}

/** What each version added, from the table of versions in Talk's capabilities. */
const featuresSince: [talk: number, features: string][] = [
	[17, 'conversation-v4 signaling-v3 in-call-flags conversation-call-flags webinary-lobby start-call-flag'],
	[
		17,
		'chat-replies chat-reference-id chat-v2 chat-read-status force-mute raise-hand publishing-permissions'
	],
	[17, 'conversation-permissions reactions chat-permission silent-send silent-call breakout-rooms-v1'],
	[17, 'avatar typing-privacy markdown-messages bots-v1'],
	[18, 'media-caption session-state recording-consent sip-support-dialout'],
	[19, 'edit-messages delete-messages-unlimited silent-send-state chat-read-last federation-v1'],
	[20, 'ban-v1 mention-permissions federation-v2 archived-conversations-v2 talk-polls-drafts'],
	[21, 'call-notification-state-api important-conversations sensitive-conversations unbind-conversation'],
	[22, 'threads'],
	[23, 'pinned-messages scheduled-messages'],
	[24, 'react-permission conversation-presets conversation-tags private-reply'],
	[
		25,
		'preserve-conversation classified-conversations announcement-preset promote-demote-owner bot-features-api'
	]
];

const roomFieldsSince: [talk: number, fields: Record<string, unknown>][] = [
	[18, { recordingConsent: 0, isCustomAvatar: false, avatarVersion: 'a1' }],
	[20, { mentionPermissions: 0, isArchived: false, remoteServer: '', remoteToken: '' }],
	[21, { isImportant: false, isSensitive: false }],
	[22, { liveTranscriptionLanguageId: 'en' }],
	[23, { lastPinnedId: 0, hiddenPinnedId: 0, hasScheduledMessages: 0 }],
	[24, { attributes: 0, tagIds: [] }]
];

const socketFeaturesSince: [talk: number, features: string][] = [
	[18, 'audio-video-permissions incall-all transient-data update-sdp welcome hello-v2 switchto dialout'],
	[20, 'federation'],
	[21, 'recipient-call join-features offer-codecs'],
	[22, 'serverinfo'],
	[23, 'chat-relay transient-sessiondata']
];

const wordsUpTo = (talk: number, table: [number, string][]) =>
	table.flatMap(([since, words]) => (since <= talk ? words.split(' ') : []));

function createVersion(talk: number): TalkVersion {
	const call = {
		enabled: true,
		'breakout-rooms': true,
		recording: false,
		'recording-consent': 0,
		'supported-reactions': ['❤️', '🎉'],
		...(talk >= 20 && { 'max-duration': 0, 'start-without-media': false }),
		...(talk >= 21 && { 'end-to-end-encryption': false }),
		...(talk >= 22 && { 'live-transcription': false }),
		...(talk >= 23 && { 'play-sounds': true, 'grid-limit': 19, 'grid-limit-enforced': false })
	};
	return {
		talk,
		features: wordsUpTo(talk, featuresSince),
		config: {
			// PHP writes an empty list where there is nothing
			attachments: talk >= 20 ? { allowed: false } : [],
			call,
			chat: { 'max-length': 32_000, 'read-privacy': 0, ...(talk >= 17 && { 'typing-privacy': 0 }) },
			conversations: { 'can-create': false },
			previews: { 'max-gif-size': 3_145_728 },
			signaling: { 'session-ping-limit': 200, ...(talk >= 23 && { mode: 'external' }) }
		},
		roomFields: Object.assign(
			{},
			...roomFieldsSince.filter(([since]) => since <= talk).map(([, fields]) => fields)
		) as Record<string, unknown>,
		entryFields: (name) => ({
			participantPermissions: talk >= 24 ? 502 : 246,
			participantType: 4,
			...(talk >= 20 && { actorType: 'guests', actorId: 'a'.repeat(40) }),
			displayName: name
		}),
		settings: {
			needsRoom: talk >= 24,
			hasTicketAlways: talk < 24,
			federation: talk >= 21 ? null : [],
			mode: talk >= 20 && talk < 25 ? 'conversation_cluster' : 'external'
		},
		knowsTabs: talk >= 24,
		welcome: wordsUpTo(talk, socketFeaturesSince),
		joinsHaveFeatures: talk >= 21
	};
}

/** Talk 18 to 25, each as its own release answers. */
export const talkVersions: readonly TalkVersion[] = [18, 19, 20, 21, 22, 23, 24, 25].map(createVersion);

/** Talk 18 beside a signaling server of 2022: no welcome, no token, no features in joins, flags as booleans. */
export const talkWithOldSocket: TalkVersion = {
	...createVersion(18),
	entryFields: () => ({}),
	welcome: null
};

export function talkVersion(talk: number): TalkVersion {
	const found = talkVersions.find((version) => version.talk === talk);
	if (!found) throw new Error(`no fixture for Talk ${talk}`);
	return found;
}
