import {
	browserOf,
	cut,
	effective,
	inCall,
	isBanned,
	moderates,
	moderatesAlways,
	newRoom,
	presentIn,
	type Attendee
} from '../model.ts';
import { Broken, nameOf } from '../party.ts';
import { talk } from '../server.ts';
import { call, field, look, numberIn, room, textIn, textOf, type Scene, type Verbs } from './verb.ts';

function joined(scene: Scene, data: unknown): void {
	const { party, at, who } = scene;
	const earlier = at.attendees.get(who);
	if (earlier && earlier.session !== null) party.endSession(earlier);
	const attendee: Attendee = earlier ?? {
		who,
		id: numberIn(data, 'attendeeId'),
		actorId: textIn(data, 'actorId'),
		isModerator: false,
		level: 0,
		session: null,
		flags: 0
	};
	attendee.isModerator ||= moderatesAlways(at, who);
	const session = textIn(data, 'sessionId');
	attendee.session = session;
	at.attendees.set(who, attendee);
	party.keepSecret(session, `a room session of ${nameOf(who)}`, (reader) => {
		// their own they were told when they came, and are shown once more as they are put out
		return reader === who || party.isThere(at, reader) || moderates(at, reader);
	});
	const seen = [attendee.id, attendee.actorId, attendee.isModerator ? 6 : 4, effective(at, attendee)];
	const shown = ['attendeeId', 'actorId', 'participantType', 'permissions'].map((name) => field(data, name));
	if (JSON.stringify(seen) !== JSON.stringify(shown))
		throw new Broken(`${nameOf(who)} joined as ${JSON.stringify(shown)}, and not ${JSON.stringify(seen)}`);
}

/** Making a room, coming into it and into its call, and going. */
export const roomVerbs: Verbs = {
	'make a room': {
		share: 1,
		method: 'POST',
		needs: [],
		asked: (scene) => {
			const { party, who } = scene;
			const place = party.rooms.length;
			const made = newRoom(place, '', browserOf(who), '');
			const name = `${party.secrets.plant('n', made)} ${scene.text}`.trim().slice(0, 120).trim();
			return {
				path: `${talk}v4/room`,
				// there is an end to it
				body: { roomType: place < 6 ? 3 : 2, roomName: name },
				field: ['roomName', 'text'],
				wrong: [place >= 6 && 400],
				fine: [201],
				after: (data) => {
					made.token = textIn(data, 'token');
					made.secret = textIn(field(data, 'roost'), 'moderatorSecret');
					party.rooms.push(made);
					party.keepSecret(made.secret, `the moderator link of room ${place}`, (reader) => reader === who);
				}
			};
		}
	},
	'look at a room': look(({ at }) => room(at), ['room'], {}, 6),
	'enter a room': {
		share: 14,
		method: 'POST',
		needs: ['room'],
		asked: (scene) => {
			const { at, who, pick, flag: force } = scene;
			const own = presentIn(at, who);
			const isAsked = at.password !== null && !moderatesAlways(at, who) && !own;
			const given = [undefined, at.password ?? 'none', 'guessed'][pick % 3];
			return {
				path: room(at, '/participants/active'),
				body: { force, ...(given !== undefined && { password: given }) },
				field: ['force', 'number'],
				wrong: [
					isBanned(at, who) && 403,
					isAsked && given !== at.password && 403,
					!force && own !== undefined && own.flags !== 0 && 409
				],
				after: (data) => joined(scene, data)
			};
		}
	},
	'leave a room': {
		share: 2,
		method: 'DELETE',
		needs: [],
		asked: ({ party, at, who }) => ({
			path: room(at, '/participants/active'),
			after: () => {
				const own = presentIn(at, who);
				if (own) party.endSession(own);
			}
		})
	},
	'say that one looks': {
		share: 1,
		method: 'PUT',
		needs: ['presence'],
		asked: ({ at, flag }) => ({
			path: room(at, '/participants/state'),
			body: { state: Number(flag) },
			field: ['state', 'number']
		})
	},
	'give a name': {
		share: 3,
		method: 'POST',
		needs: ['presence'],
		asked: (scene) => ({
			path: `${talk}v1/guest/${scene.at.token}/name`,
			body: { displayName: textOf(scene, 'p', 60) },
			field: ['displayName', 'text']
		})
	},
	'list those who are there': {
		share: 3,
		method: 'GET',
		needs: ['chair'],
		asked: ({ at }) => ({
			path: room(at, '/participants'),
			after: (data) => {
				const listed = (data as object[]).map((one) => numberIn(one, 'attendeeId')).sort();
				const there = [...at.attendees.values()].flatMap(({ id, session }) => (session === null ? [] : [id]));
				if (listed.join() !== there.sort().join()) throw new Broken(`listed ${listed.join()}`);
			}
		})
	},
	'see who calls': {
		share: 3,
		method: 'GET',
		needs: ['admission'],
		asked: ({ at }) => ({
			path: call(at),
			after: (data) => {
				const listed = (data as object[]).map((one) => textIn(one, 'sessionId')).sort();
				const calling = inCall(at).map(({ session }) => session);
				if (listed.join() !== calling.sort().join()) throw new Broken('others are in the call');
			}
		})
	},
	'download who calls': {
		share: 1,
		method: 'GET',
		needs: ['chair'],
		asked: ({ at }) => ({ path: call(at, '/download?format=csv'), wrong: [inCall(at).length === 0 && 400] })
	},
	'enter the call': {
		share: 9,
		method: 'POST',
		needs: ['admission', 'call'],
		asked: ({ at, who, bits, flag }) => ({
			path: call(at),
			body: { flags: (bits % 15) + 1, silent: flag, recordingConsent: flag },
			field: ['flags', 'number'],
			wrong: [at.needsConsent && !flag && 400],
			after: () => {
				const own = presentIn(at, who);
				if (own) own.flags = cut(((bits % 15) + 1) | 1, effective(at, own));
			}
		})
	},
	'change what one sends': {
		share: 4,
		method: 'PUT',
		needs: ['admission'],
		asked: ({ at, who, bits }) => {
			const own = presentIn(at, who);
			const flags = bits % 16;
			return {
				path: call(at),
				body: { flags },
				field: ['flags', 'number'],
				wrong: [own?.flags === 0 && 400, (flags & 1) === 0 && 400],
				after: () => {
					if (own) own.flags = cut(flags, effective(at, own));
				}
			};
		}
	},
	'leave the call': {
		share: 2,
		method: 'DELETE',
		needs: ['presence'],
		asked: ({ at, who }) => ({
			path: call(at),
			after: () => {
				const own = presentIn(at, who);
				if (own) own.flags = 0;
			}
		})
	},
	'end the call': {
		share: 2,
		method: 'DELETE',
		needs: ['chair'],
		asked: ({ at }) => ({
			path: call(at, '?all=true'),
			after: () => {
				for (const attendee of inCall(at)) attendee.flags = 0;
			}
		})
	},
	'ask for signaling': {
		share: 2,
		method: 'GET',
		needs: ['room'],
		asked: ({ party, at, who }) => ({
			path: `${talk}v3/signaling/settings?token=${at.token}`,
			after: (data) => {
				const ticket = field(data, 'ticket');
				if (typeof ticket !== 'string') return;
				const proof = ticket.split(':').at(-1) ?? '';
				party.keepSecret(proof, `a ticket of ${nameOf(who)}`, (reader) => reader === who);
			}
		})
	}
};
