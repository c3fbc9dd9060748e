import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { limits } from '../../src/lib/protocol/limits.ts';
import { descriptionCharacters } from '../../src/lib/protocol/room-settings.ts';
import { allPermissions, defaultPermissions } from '../rooms/permissions.ts';
import { sendOcs, tokenOf } from './ocs.ts';
import type { Services } from './services.ts';

/** What Talk's clients ask for by name, and this server has. */
const features = [
	'avatar',
	'ban-v1',
	'bots-v1',
	'breakout-rooms-v1',
	'chat-get-context',
	'chat-permission',
	'chat-read-last',
	'chat-read-marker',
	'chat-read-status',
	'chat-reference-id',
	'chat-replies',
	'chat-unread',
	'chat-v2',
	'clear-history',
	'conversation-call-flags',
	'conversation-permissions',
	'conversation-v4',
	'delete-messages',
	'delete-messages-unlimited',
	'download-call-participants',
	'edit-messages',
	'force-mute',
	'guest-signaling',
	'in-call-flags',
	'markdown-messages',
	'message-expiration',
	'publishing-permissions',
	'raise-hand',
	'react-permission',
	'reactions',
	'read-only-rooms',
	'recording-consent',
	// Roost's own: guests who moderate may do all that in Talk takes an account, and there are moderator links
	'roost-guest-moderators',
	'room-description',
	'session-state',
	'signaling-v3',
	'silent-call',
	'silent-send',
	'silent-send-state',
	'start-call-flag',
	'system-messages',
	'talk-polls',
	'typing-privacy',
	'webinary-lobby'
];

const reactions = ['❤️', '🎉', '👏', '👋', '👍', '👎', '🔥', '😂', '🤩', '🤔', '😲', '😥'];

/** Without what it would take a participant with an account, a recorder, an SFU or another server to use. */
function spreedCapabilities({ config, proof }: Services) {
	return {
		features,
		'features-local': [],
		config: {
			attachments: { allowed: false },
			call: {
				enabled: true,
				'breakout-rooms': true,
				recording: false,
				// it is for the moderators of each room to say
				'recording-consent': 2,
				'supported-reactions': reactions,
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
			chat: { 'max-length': limits.chatCharacters, 'read-privacy': 0, 'typing-privacy': 0 },
			conversations: {
				'can-create': config.rooms === 'open',
				'description-length': descriptionCharacters
			},
			federation: { enabled: false, 'incoming-enabled': false, 'outgoing-enabled': false },
			permissions: {
				'max-default': allPermissions,
				'max-custom': allPermissions | 1,
				default: defaultPermissions
			},
			signaling: {
				mode: config.signalingMode === 'internal' ? 'internal' : 'external',
				'hello-v2-token-key': proof.publicKeyPem,
				'session-ping-limit': 200
			}
		},
		'config-local': {},
		version: '24.0.0'
	};
}

export function registerCapabilityRoutes(app: FastifyInstance, services: Services): void {
	const spreed = spreedCapabilities(services);
	const hash = createHash('sha1').update(JSON.stringify(spreed)).digest('hex');
	// clients ask to be reloaded when it changes: it depends on nothing but the capabilities
	app.addHook('onSend', async (_request, reply) => void reply.header('X-Nextcloud-Talk-Hash', hash));
	const etag = `"${hash}"`;
	app.get('/cloud/capabilities', (request, reply) => {
		reply.header('ETag', etag);
		// a signaling server keeps them, and asks whether they are still so
		if (request.headers['if-none-match'] === etag) return reply.code(304).send();
		const version = { major: 34, minor: 0, micro: 0, string: '34.0.0', edition: '', extendedSupport: false };
		return sendOcs(reply, { version, capabilities: { spreed } });
	});
	// no room is on another server: they are the same for all
	app.get('/apps/spreed/api/v4/room/:token/capabilities', (request, reply) => {
		services.settings.look(tokenOf(request));
		return sendOcs(reply, spreed);
	});
}
