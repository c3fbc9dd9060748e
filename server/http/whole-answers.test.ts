import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { startTestServer } from '../testing/test-server.ts';

/*
 * Clients of Talk look at more than this server has. What it does not have is there all the same, and off: a client that
 * finds nothing may take a default that is on.
 */

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const Fields = v.record(v.string(), v.unknown());
const number = expect.any(Number) as number;
const text = expect.any(String) as string;

/** What docs/protocol-coverage.md says is announced; there may be more. */
const features = [
	...['avatar', 'ban-v1', 'bots-v1', 'breakout-rooms-v1'],
	...['chat-get-context', 'chat-permission', 'chat-read-last', 'chat-read-marker'],
	...['chat-read-status', 'chat-reference-id', 'chat-replies', 'chat-unread'],
	...['chat-v2', 'clear-history', 'conversation-call-flags', 'conversation-permissions'],
	...['conversation-v4', 'delete-messages', 'delete-messages-unlimited', 'download-call-participants'],
	...['edit-messages', 'force-mute', 'guest-signaling', 'in-call-flags'],
	...['markdown-messages', 'message-expiration', 'publishing-permissions', 'raise-hand'],
	...['react-permission', 'reactions', 'read-only-rooms', 'recording-consent'],
	...['room-description', 'session-state', 'signaling-v3', 'silent-call'],
	...['silent-send', 'silent-send-state', 'start-call-flag', 'system-messages'],
	...['typing-privacy', 'webinary-lobby']
];

it('given the capabilities, when they are read whole, then each part says what is there, and what is off', async () => {
	await using client = server.client();
	const response = await client.request('GET', '/ocs/v2.php/cloud/capabilities');
	const { capabilities } = v.parse(
		v.object({ capabilities: v.object({ spreed: Fields }) }),
		parseOcs(await response.json()).data
	);
	const { config, ...rest } = capabilities.spreed;

	expect(rest).toEqual({
		features: expect.arrayContaining(features) as string[],
		'features-local': [],
		'config-local': {},
		version: text
	});
	expect(config).toEqual({
		attachments: { allowed: false },
		call: {
			enabled: true,
			'breakout-rooms': true,
			recording: false,
			'recording-consent': 2,
			'supported-reactions': expect.arrayContaining(['👍']) as string[],
			'can-upload-background': false,
			'sip-enabled': false,
			'sip-dialout-enabled': false,
			'can-enable-sip': false,
			'start-without-media': false,
			'max-duration': 0,
			'end-to-end-encryption': false,
			'live-transcription': false,
			'play-sounds': true
		},
		chat: { 'max-length': 32_000, 'read-privacy': 0, 'typing-privacy': 0 },
		conversations: { 'can-create': true, 'description-length': 2_000 },
		federation: { enabled: false, 'incoming-enabled': false, 'outgoing-enabled': false },
		permissions: { 'max-default': 510, 'max-custom': 511, default: 502 },
		signaling: { mode: 'external', 'hello-v2-token-key': text, 'session-ping-limit': 200 }
	});
});

it('given a room, when a guest who made it reads it whole, then every field has the type that Talk gives it', async () => {
	await using client = server.client();
	const made = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Whole' });
	const { token } = v.parse(v.object({ token: v.string() }), made.data);
	await client.joinRoom(token, 'Ann');

	const room = v.parse(Fields, (await client.talk('GET', `v4/room/${token}`)).data);

	expect(room).toEqual({
		...{ id: number, token, name: 'Whole', displayName: 'Whole', description: '', type: 3 },
		...{ objectType: '', objectId: '', actorType: 'guests', actorId: text, attendeeId: number },
		...{ participantType: 6, participantFlags: 0, sessionId: text, lastPing: number },
		...{ permissions: 510, attendeePermissions: 0, callPermissions: 0, defaultPermissions: 0 },
		...{ hasPassword: false, hasCall: false, callFlag: 0, callStartTime: 0, callRecording: 0 },
		...{ canStartCall: true, canLeaveConversation: true, canDeleteConversation: true, canEnableSIP: false },
		...{ recordingConsent: 0, readOnly: 0, lobbyState: 0, lobbyTimer: 0, listable: 0 },
		...{ sipEnabled: 0, attendeePin: '', mentionPermissions: 0, messageExpiration: 0 },
		...{ breakoutRoomMode: 0, breakoutRoomStatus: 0, avatarVersion: text, isCustomAvatar: false },
		...{
			lastActivity: number,
			lastReadMessage: number,
			lastCommonReadMessage: number,
			unreadMessages: number
		},
		...{ unreadMention: false, unreadMentionDirect: false, notificationLevel: 3, notificationCalls: 0 },
		...{ isFavorite: false, isArchived: false, isImportant: false, isSensitive: false },
		...{ liveTranscriptionLanguageId: '', lastPinnedId: 0, hiddenPinnedId: 0, hasScheduledMessages: 0 },
		...{ tagIds: [], attributes: 0 }
	});
});

it('given messages of people and of the system, when they are read whole, then only the former are answered', async () => {
	await using client = server.client();
	const made = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Whole' });
	const { token } = v.parse(v.object({ token: v.string() }), made.data);
	await client.joinRoom(token, 'Ann');
	await client.talk('POST', `v4/call/${token}`, { flags: 1 });
	await client.talk('POST', `v1/chat/${token}`, { message: 'hello', referenceId: 'ref' });

	const history = await client.talk('GET', `v1/chat/${token}?lookIntoFuture=0&limit=2`);

	const common = {
		id: number,
		token,
		actorType: 'guests',
		actorId: text,
		actorDisplayName: 'Ann',
		timestamp: number
	};
	expect(history.data).toEqual([
		{
			...common,
			...{ message: 'hello', messageParameters: {}, messageType: 'comment', systemMessage: '' },
			...{ isReplyable: true, markdown: true, referenceId: 'ref', reactions: {}, expirationTimestamp: 0 }
		},
		{
			...common,
			...{ message: text, messageParameters: { actor: { type: 'guest', id: text, name: 'Ann' } } },
			...{ messageType: 'system', systemMessage: text, isReplyable: false, markdown: false },
			...{ referenceId: '', reactions: {}, expirationTimestamp: 0 }
		}
	]);
});

it('given somebody who types, when they say so, then it arrives as it was said, in a call or not', async () => {
	await using ann = server.client();
	await using ben = server.client();
	const one = await ann.enter('demo', 'Ann');
	const other = await ben.enter('demo', 'Ben');

	for (const type of ['startedTyping', 'stoppedTyping']) {
		other.socket.sendTo(one.sessionId, { type, to: one.sessionId });

		expect(await one.socket.next('message')).toMatchObject({
			message: { sender: { sessionid: other.sessionId }, data: { type, to: one.sessionId } }
		});
	}
});
