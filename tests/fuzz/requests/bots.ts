import { randomBytes } from 'node:crypto';
import { administrator } from '../model.ts';
import { talk } from '../server.ts';
import { hmac, look, textOf, type Verbs } from './verb.ts';

/** Bots: which there are, in which rooms, and what they write. */
export const botVerbs: Verbs = {
	'see the bots of a room': look(({ at }) => `${talk}v1/bot/${at.token}`, ['moderation'], {}, 1),
	'see all bots': look(() => `${talk}v1/bot/admin`, ['administration'], {}, 2),
	'change a bot': {
		share: 1,
		method: 'PUT',
		needs: ['administration'],
		asked: () => ({ path: `${talk}v1/bot/admin/1`, body: { state: 1 }, field: ['state', 'number'] })
	},
	'let a bot in': {
		share: 2,
		method: 'POST',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${talk}v1/bot/${at.token}/1`,
			fine: [at.hasBot ? 200 : 201],
			after: () => {
				at.hasBot = true;
			}
		})
	},
	'send a bot out': {
		share: 1,
		method: 'DELETE',
		needs: ['moderation'],
		asked: ({ at }) => ({
			path: `${talk}v1/bot/${at.token}/1`,
			after: () => {
				at.hasBot = false;
			}
		})
	},
	'write as a bot': {
		share: 2,
		method: 'POST',
		needs: [],
		asked: (scene) => {
			const { party, at, who } = scene;
			const message = textOf(scene, 'm', 300);
			const random = randomBytes(32).toString('hex');
			// only the bot itself knows how to sign
			const isProven = who === administrator;
			const signature = hmac(isProven ? party.server.botSecret : 'guessed', random, message);
			return {
				path: `${talk}v1/bot/${at.token}/message`,
				body: { message },
				wrong: [(!isProven || !at.hasBot || at.isGone) && 401],
				fine: [201],
				headers: {
					'x-nextcloud-talk-bot-random': random,
					'x-nextcloud-talk-bot-signature': signature
				}
			};
		}
	}
};
