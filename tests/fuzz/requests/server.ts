import { randomBytes } from 'node:crypto';
import { administrator, cut, effective, presentIn, refusals, type Attendee } from '../model.ts';
import { talk } from '../server.ts';
import { hmac, look, type Scene, type Verb, type Verbs } from './verb.ts';

/** A room session of this room, or of another one. */
function sessionOf({ party, pick, at }: Scene): { id: string; attendee: Attendee | undefined } {
	const all = party.rooms.flatMap(({ attendees }) => [...attendees.values()]);
	const there = all.filter(({ session }) => session !== null);
	const found = there[pick % Math.max(1, there.length)];
	const isHere = found !== undefined && presentIn(at, found.who) === found;
	return { id: found?.session ?? 'nobody', attendee: isHere ? found : undefined };
}

const order = (type: string, content: (scene: Scene) => object, after: (scene: Scene) => void): Verb => ({
	share: 2,
	method: 'POST',
	needs: [],
	asked: (scene) => {
		const { party, at, who } = scene;
		const body = { type, [type]: content(scene) };
		const random = randomBytes(32).toString('hex');
		const isProven = who === administrator;
		const secret = isProven ? party.server.backendSecret : 'guessed';
		return {
			path: `/api/v1/room/${at.token}`,
			body,
			wrong: [!isProven && 403],
			headers: {
				'spreed-signaling-random': random,
				'spreed-signaling-checksum': hmac(secret, random, JSON.stringify(body))
			},
			after: () => after(scene)
		};
	}
});

/** What other servers say over the signaling interface, and what administrators look at. */
export const serverVerbs: Verbs = {
	'order rights': order(
		'participants',
		(scene) => ({
			changed: [
				{
					sessionId: sessionOf(scene).id,
					permissions: [
						'control',
						'transient-data',
						'publish-audio',
						'publish-media',
						'publish-screen'
					].filter((_word, index) => (scene.bits & (1 << index)) !== 0)
				}
			],
			users: []
		}),
		(scene) => {
			const { id, attendee } = sessionOf(scene);
			const words = ['control', 'transient-data', 'publish-audio', 'publish-media', 'publish-screen'];
			const granted = new Set(words.filter((_word, index) => (scene.bits & (1 << index)) !== 0));
			if (!attendee) return;
			for (const one of scene.party.signalings) if (one.session === id) one.granted = granted;
		}
	),
	'order a change of the call': order(
		'incall',
		(scene) => ({ changed: [{ sessionId: sessionOf(scene).id, inCall: scene.bits % 16 }], users: [] }),
		(scene) => {
			const { at, bits } = scene;
			const { attendee } = sessionOf(scene);
			if (!attendee) return;
			if (bits % 16 === 0) attendee.flags = 0;
			else if (refusals(['admission', 'call'], at, attendee.who).length === 0)
				attendee.flags = cut((bits % 16) | 1, effective(at, attendee));
		}
	),
	'order somebody out': order(
		'disinvite',
		(scene) => ({ userids: [], sessionids: [scene.pick % 4 === 0 ? sessionOf(scene).id : 'nobody'] }),
		(scene) => {
			const { attendee } = sessionOf(scene);
			if (attendee && scene.pick % 4 === 0) scene.party.endSession(attendee);
		}
	),
	'order data to be shared': order(
		'transient',
		({ party, at, flag }) => ({
			action: flag ? 'set' : 'delete',
			key: '__proto__',
			value: party.secrets.plant('t', at)
		}),
		() => undefined
	),
	'see the figures of signaling': look(() => '/api/v1/stats', ['administration'], {}, 1),
	'see the figures': look(() => '/metrics', [], {}, 1),
	'see what the server can': look(() => '/ocs/v2.php/cloud/capabilities', [], {}, 1),
	'open a wrong moderator link': look(
		({ at }) => `/moderate/${at.token}/guessed`,
		[],
		{ fine: [303, 404] },
		1
	),
	'pull at a server with a socket': look(
		({ at }) => `${talk}v3/signaling/${at.token}`,
		['room'],
		{ wrong: [400] },
		1
	),
	'post at a server with a socket': {
		share: 1,
		method: 'POST',
		needs: ['room'],
		asked: ({ at }) => ({ path: `${talk}v3/signaling/${at.token}`, body: { messages: '[]' }, wrong: [400] })
	}
};
