import { createHmac, randomBytes } from 'node:crypto';
import {
	admittedIn,
	bit,
	bridge,
	isWaiting,
	mayOrder,
	mayPublish,
	people,
	presentIn,
	type Room,
	type Signaling,
	type Who
} from './model.ts';
import { Broken, nameOf, type Frame, type Line, type Party } from './party.ts';
import { talk } from './server.ts';

/** One frame, or what happens to a socket, as it was generated. */
export interface Said {
	do: 'say';
	who: Who;
	room: number;
	what: string;
	pick: number;
	bits: number;
	flag: boolean;
	text: string;
	odd?: unknown;
}

interface Scene extends Said {
	party: Party;
	line: Line;
	at: Room;
}

/** What a frame has to lead to: an error with one of these codes, an answer of a type, or no word. */
type Expected = { codes: readonly string[] } | { type: string } | 'silence';

interface Utterance {
	frame: object;
	expected: Expected;
	/** what follows from it, before anybody else hears of it; the answer if there is one */
	after?: (answer: Frame | undefined) => void;
}

interface Saying {
	share: number;
	/** whether it changes who is where */
	isChange: boolean;
	utter: (scene: Scene) => Utterance | Promise<Utterance>;
}

const contentOf = (frame: Frame | undefined): Record<string, unknown> =>
	(frame?.[frame.type as string] ?? {}) as Record<string, unknown>;

const notBefore = { codes: ['hello_expected'] };

/** Somebody at the socket, wherever that is. */
const anySignaling = ({ party, pick }: Scene): Signaling | undefined =>
	party.signalings[pick % Math.max(1, party.signalings.length)];

const talkAddress = ({ party }: Scene) => `${party.server.origin}${talk}v3/signaling/backend`;

/** A fresh proof for a hello, of the one who says it. */
async function settingsOf({ party, who, at }: Scene) {
	const token = party.rooms.find(({ isGone }) => !isGone)?.token ?? at.token;
	const answer = await party.ask(who, 'GET', `${talk}v3/signaling/settings?token=${token}`);
	const { ocs } = JSON.parse(answer.text) as {
		ocs: { data: { ticket?: string; helloAuthParams?: { '2.0': { token: string } } } | null };
	};
	const { ticket = '', helloAuthParams } = ocs.data ?? {};
	const signed = helloAuthParams?.['2.0'].token ?? '';
	for (const proof of [ticket.split(':').at(-1) ?? '', signed.split('.').at(-1) ?? '']) {
		if (proof !== '') party.keepSecret(proof, `a proof of ${nameOf(who)}`, (reader) => reader === who);
	}
	return { ticket, signed };
}

const features = (flag: boolean) => (flag ? ['chat-relay'] : []);

function opened(scene: Scene, answer: Frame | undefined): void {
	const { party, line, who, flag } = scene;
	const hello = contentOf(answer);
	const signaling: Signaling = {
		who,
		id: String(hello['sessionid']),
		resumeId: String(hello['resumeid']),
		room: null,
		session: null,
		granted: null,
		hasChatRelay: flag,
		isOver: false,
		wasLost: false
	};
	party.keepSecret(signaling.resumeId, `a resume id of ${nameOf(who)}`, (reader) => reader === who);
	party.signalings.push(signaling);
	line.signaling = signaling;
}

const changed = (text: string) => `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`;

async function hello(scene: Scene): Promise<Utterance> {
	const { party, line, who, flag, pick } = scene;
	const say = (content: object) => ({ type: 'hello', hello: { features: features(flag), ...content } });
	const isSecond = line.signaling !== null;
	const fails = (codes: string[]): Expected => ({ codes: isSecond ? ['invalid_request'] : codes });
	const isBegun: Expected = isSecond ? fails([]) : { type: 'hello' };
	const after = (answer: Frame | undefined) => {
		if (!isSecond) opened(scene, answer);
	};
	if (who === bridge) {
		const random = randomBytes(32).toString('hex');
		const secret = pick % 7 === 0 ? 'guessed' : party.server.internalSecret;
		const token = createHmac('sha256', secret).update(random).digest('hex');
		const auth = { type: 'internal', params: { random, token, backend: party.server.origin } };
		const isGuess = secret === 'guessed';
		return {
			frame: say({ version: '1.0', auth }),
			expected: isGuess ? fails(['invalid_token']) : isBegun,
			...(!isGuess && { after })
		};
	}
	const { ticket, signed } = await settingsOf(scene);
	const url = talkAddress(scene);
	const other = anySignaling(scene);
	const ticketParts = ticket.split(':');
	const victim = people.findIndex((_person, index) => index !== who);
	const [head = '', body = '', signature = ''] = signed.split('.');
	const forged = Buffer.from(
		JSON.stringify({
			...(JSON.parse(Buffer.from(body, 'base64url').toString() || '{}') as object),
			guest: victim
		})
	).toString('base64url');
	if (ticket === '') {
		// no room is left whose settings could be asked for
		const auth = { url, params: { ticket: 'none' } };
		return { frame: say({ version: '1.0', auth }), expected: fails(['invalid_ticket']) };
	}
	switch (pick % 12) {
		case 0: {
			const auth = { url, params: { ticket: changed(ticket) } };
			return { frame: say({ version: '1.0', auth }), expected: fails(['invalid_ticket']) };
		}
		case 1: {
			// another guest's name in an own ticket
			const stem = [ticketParts[0], ticketParts[1], 'a'.repeat(64), ticketParts[3]].join(':');
			return {
				frame: say({ version: '1.0', auth: { url, params: { ticket: stem } } }),
				expected: fails(['invalid_ticket'])
			};
		}
		case 2: {
			const auth = { url, params: { token: [head, forged, signature].join('.') } };
			return { frame: say({ version: '2.0', auth }), expected: fails(['invalid_token']) };
		}
		case 3: {
			const none = Buffer.from('{"alg":"none"}').toString('base64url');
			const auth = { url, params: { token: `${none}.${body}.` } };
			return { frame: say({ version: '2.0', auth }), expected: fails(['invalid_token']) };
		}
		case 4:
			// what everybody in the room sees proves nothing
			return {
				frame: say({ version: '2.0', resumeid: other?.session ?? other?.id ?? '__proto__' }),
				expected: fails(['no_such_session'])
			};
		case 5: {
			const own = party.signalings.findLast((one) => one.who === who && one !== line.signaling);
			if (!own) break;
			return {
				frame: say({ version: '2.0', resumeid: own.resumeId }),
				expected: isBegun,
				after: () => {
					if (isSecond) return;
					for (const older of party.lines) if (older.signaling === own) older.signaling = superseded(own);
					own.wasLost = true;
					line.signaling = own;
				}
			};
		}
		case 6: {
			const auth = {
				type: 'internal',
				params: { random: 'r'.repeat(32), token: '0'.repeat(64), backend: url }
			};
			return { frame: say({ version: '1.0', auth }), expected: fails(['invalid_token']) };
		}
		case 7:
			return {
				frame: say({
					version: '2.0',
					auth: { url: 'https://elsewhere.example/', params: { token: signed } }
				}),
				expected: fails(['invalid_backend'])
			};
	}
	const params = pick % 2 === 0 ? { ticket } : { token: signed };
	return {
		frame: say({ version: pick % 2 === 0 ? '1.0' : '2.0', auth: { url, params } }),
		expected: isBegun,
		after
	};
}

/** What an older socket has once another one has taken its session: nothing, and it is closed. */
const superseded = (signaling: Signaling): Signaling => ({
	...signaling,
	room: null,
	session: null,
	isOver: true
});

function enter(scene: Scene): Utterance {
	const { party, line, who, at, pick, flag } = scene;
	const { signaling } = line;
	const own = presentIn(at, who);
	const elsewhere = party.rooms.flatMap((other) =>
		other === at ? [] : (presentIn(other, who)?.session ?? [])
	);
	const others = [...at.attendees.values()].flatMap((one) => (one.who === who ? [] : (one.session ?? [])));
	const named = [own?.session, others[0], elsewhere[0], 'guessed', undefined][flag ? 0 : pick % 5];
	const frame = {
		type: 'room',
		room: { roomid: at.token, ...(named !== undefined && { sessionid: named }) }
	};
	if (!signaling) return { frame, expected: notBefore };
	if (who === bridge) {
		if (at.isGone) return { frame, expected: { codes: ['no_such_room'] } };
		if (signaling.room === at) return { frame, expected: { codes: ['already_joined'] } };
		return { frame, expected: { type: 'room' }, after: () => (signaling.room = at) };
	}
	if (named === undefined || named !== admittedIn(at, who)?.session)
		return { frame, expected: { codes: ['no_such_room'] } };
	if (signaling.session === named) return { frame, expected: { codes: ['already_joined'] } };
	return {
		frame,
		expected: { type: 'room' },
		after: () => {
			party.leavePlace(signaling);
			for (const older of [...party.signalings]) if (older.session === named) party.end(older);
			signaling.room = at;
			signaling.session = named;
		}
	};
}

const sdp = (kind: string, direction: string) =>
	`v=0\r\nm=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=${direction}\r\n`;

/** What is said, and the bits that it takes. */
const offers: readonly [data: object, needed: number][] = [
	[
		{ type: 'offer', sid: '1', roomType: 'video', payload: { type: 'offer', sdp: sdp('audio', 'sendrecv') } },
		bit.audio
	],
	[
		{ type: 'offer', sid: '1', roomType: 'video', payload: { type: 'offer', sdp: sdp('video', 'sendonly') } },
		bit.video
	],
	[
		{
			type: 'answer',
			sid: '1',
			roomType: 'screen',
			payload: { type: 'answer', sdp: sdp('video', 'sendonly') }
		},
		bit.screen
	],
	[
		{
			type: 'offer',
			sid: '1',
			payload: { type: 'offer', sdp: sdp('audio', 'sendonly') + 'm=video 9 X 1\r\n' }
		},
		bit.audio | bit.video
	],
	[
		{
			type: 'answer',
			sid: '1',
			roomType: 'video',
			payload: { type: 'answer', sdp: sdp('video', 'recvonly') }
		},
		0
	],
	[
		{
			type: 'm.call.invite',
			content: {
				offer: { sdp: sdp('audio', 'sendrecv') },
				sdp_stream_metadata: { s: { purpose: 'm.usermedia' } }
			}
		},
		bit.audio
	],
	[
		{
			type: 'm.call.negotiate',
			content: {
				description: { sdp: sdp('video', 'sendrecv') },
				sdp_stream_metadata: { s: { purpose: 'm.screenshare' } }
			}
		},
		bit.screen
	]
];

let relayCount = 0;

function relay(kind: 'message' | 'control') {
	return (scene: Scene): Utterance => {
		const { party, line, pick, bits, text, odd } = scene;
		const { signaling } = line;
		const other = anySignaling(scene);
		const recipient = [
			{ type: 'session', sessionid: other?.id ?? 'nobody' },
			{ type: 'session', sessionid: pick % 3 === 0 ? (other?.session ?? 'guessed') : (other?.id ?? 'x') },
			{ type: 'room' },
			{ type: 'call' },
			{ type: 'user', userid: pick % 2 === 0 ? '__proto__' : 'somebody' }
		][bits % 5] ?? { type: 'room' };
		relayCount += 1;
		const [offer, needed] = (bits % 3 === 0 && kind === 'message'
			? offers[pick % offers.length]
			: undefined) ?? [{ type: 'nickChanged', payload: { name: text, odd } }, 0];
		const data = { ...offer, n: relayCount, from: 'somebody else', sender: { sessionid: 'somebody else' } };
		const frame = { type: kind, [kind]: { recipient, data } };
		if (!signaling) return { frame, expected: notBefore };
		const isDirect = recipient.type === 'session' && signaling.who === bridge;
		const at =
			signaling.room ??
			(isDirect ? (party.signalings.find(({ id }) => id === recipient.sessionid)?.room ?? null) : null);
		if (!at) return { frame, expected: { codes: ['not_in_room'] } };
		const mayTo =
			!isWaiting(signaling) &&
			(kind === 'control' ? mayOrder(signaling, 'control') : mayPublish(signaling, needed));
		const others = mayTo ? party.listenersIn(at).filter((one) => one !== signaling) : [];
		const hears = others.filter((one) => {
			if (recipient.type === 'session') return one.id === recipient.sessionid;
			if (recipient.type === 'room') return true;
			// without saying so, an internal client counts as in the call
			return recipient.type === 'call' && (one.who === bridge || presentIn(at, one.who)?.flags !== 0);
		});
		party.relayed.set(relayCount, { allowed: new Set(hears), left: new Set(hears), sender: signaling });
		return { frame, expected: 'silence' };
	};
}

function share(scene: Scene): Utterance {
	const { party, line, pick, flag, odd } = scene;
	const { signaling } = line;
	const other = anySignaling(scene);
	const key =
		[`sd:${signaling?.id ?? ''}`, `sd:${other?.id ?? ''}`, '__proto__', 'constructor'][pick % 4] ?? '';
	const at = signaling?.room ?? party.nowhere;
	const value = { words: party.secrets.plant('t', at), odd };
	const frame = {
		type: 'transient',
		transient: flag ? { type: 'set', key, value } : { type: 'remove', key }
	};
	if (!signaling) return { frame, expected: notBefore };
	if (!signaling.room) return { frame, expected: { codes: ['not_in_room'] } };
	const isOwn = key === `sd:${signaling.id}`;
	const may = key.startsWith('sd:') ? isOwn && !isWaiting(signaling) : mayOrder(signaling, 'transient-data');
	return { frame, expected: may ? 'silence' : { codes: ['not_allowed'] } };
}

function internal(scene: Scene): Utterance {
	const { line, who, at, pick, bits, text } = scene;
	const named = { sessionid: `phone ${pick % 3}`, roomid: at.token };
	const content = [
		{
			type: 'addsession',
			addsession: { ...named, user: { displayname: text }, incall: bits % 16, flags: bits }
		},
		{ type: 'updatesession', updatesession: { ...named, flags: bits } },
		{ type: 'removesession', removesession: named },
		{
			type: 'dialout',
			dialout: { roomid: at.token, type: 'status', status: { callid: '__proto__', status: 'ringing' } }
		}
	][pick % 4] as object;
	const frame = { type: 'internal', internal: content };
	if (!line.signaling) return { frame, expected: notBefore };
	if (who !== bridge) return { frame, expected: { codes: ['ignored'] } };
	if (pick % 4 === 3) return { frame, expected: 'silence' };
	// whether there is such a session is tested elsewhere
	return { frame, expected: { codes: ['', 'ignored', ...(at.isGone ? ['add_failed'] : [])] } };
}

/** Frames that are none: each with the code that says so. */
function junk(scene: Scene): { sent: string | Buffer; codes: string[] } {
	const { pick, odd, text, line } = scene;
	const isNew = line.signaling === null;
	const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
	const malformed = ['invalid_format'];
	const json = (frame: object) => ({ sent: JSON.stringify(frame), codes: malformed });
	switch (pick % 14) {
		case 0:
			return { sent: Buffer.from(text), codes: malformed };
		case 1:
			return { sent: text.replaceAll('{', '('), codes: malformed };
		case 2:
			return { sent: `{"type":"message","message":{"recipient":${deep},"data":1}}`, codes: malformed };
		case 3:
			return {
				sent: `{"type":"transient","transient":{"type":"set","key":"sd:x","value":${deep}}}`,
				codes: isNew ? ['hello_expected'] : ['not_in_room', 'not_allowed']
			};
		case 4:
			return { sent: '{"__proto__":{"type":"bye"}}', codes: malformed };
		case 5:
			return { sent: '{"type":"__proto__"}', codes: ['invalid_request'] };
		case 6:
			return { sent: '{"type":"constructor","constructor":{}}', codes: ['invalid_request'] };
		case 7:
			return json({ type: 'room', room: { roomid: [odd] } });
		case 8:
			return json({ type: 'message', message: { recipient: { type: 'session', sessionid: odd ?? 7 } } });
		case 9:
			return json({ type: 'transient', transient: { type: 'set', key: 'x'.repeat(201), value: 1 } });
		case 10:
			return json({ type: 'hello', hello: { version: '2.0', auth: 'none' } });
		case 11:
			return json({ type: 'internal', internal: { type: '__proto__' } });
		case 12:
			return json({ type: 'control', control: { recipient: { type: 'toString' }, data: 1 } });
		default:
			return json({ type: 'message', message: odd ?? [] });
	}
}

/** Everything that can be said at the socket, or happen to it. */
export const sayings: Readonly<Record<string, Saying>> = {
	hello: { share: 8, isChange: true, utter: hello },
	'enter a room': { share: 12, isChange: true, utter: enter },
	'leave the room': {
		share: 1,
		isChange: true,
		utter: ({ party, line }) => {
			const { signaling } = line;
			const frame = { type: 'room', room: { roomid: '' } };
			if (!signaling) return { frame, expected: notBefore };
			return { frame, expected: { type: 'room' }, after: () => party.leavePlace(signaling) };
		}
	},
	relay: { share: 46, isChange: false, utter: relay('message') },
	order: { share: 10, isChange: false, utter: relay('control') },
	share: { share: 12, isChange: false, utter: share },
	internal: { share: 4, isChange: true, utter: internal }
};

/** What is no single frame. */
export const happenings = ['junk', 'too large', 'bye', 'lost', 'page gone', 'another socket'] as const;

/** Says what was generated, holds the answer against the reference, and notes what follows from it. */
export async function say(party: Party, said: Said): Promise<void> {
	const { who } = said;
	const isNew = said.what === 'another socket';
	party.secrets.step();
	const line = (isNew ? undefined : party.lineOf(who)) ?? (await party.openLine(who));
	if (isNew) return;
	const scene: Scene = { ...said, party, line, at: party.rooms[said.room] ?? party.nowhere };
	if ((happenings as readonly string[]).includes(said.what)) {
		await happen(scene);
		return;
	}
	const saying = sayings[said.what];
	if (!saying) throw new Error(`nothing that is said is called ${said.what}`);
	// what was said before belongs to how it was before
	if (saying.isChange) await party.settle();
	const { frame, expected, after } = await saying.utter(scene);
	const id = `ask-${party.counts.frames}`;
	const isResume = 'hello' in frame && 'resumeid' in (frame as { hello: object }).hello;
	line.isLate = isResume;
	line.meet = (answer) => {
		if (answer['id'] !== id || typeof expected !== 'object' || !('type' in expected)) return;
		if (answer.type === expected.type) after?.(answer);
	};
	const heard = await party.exchange(line, JSON.stringify({ id, ...frame }));
	line.meet = () => undefined;
	line.isLate = false;
	judge(
		scene,
		frame,
		expected,
		heard.filter((answer) => answer['id'] === id)
	);
	if (saying.isChange) await party.settle();
	else party.demand();
}

function judge({ party, line, who, what }: Scene, frame: object, expected: Expected, answers: Frame[]): void {
	const [answer] = answers;
	const code = answer?.type === 'error' ? String(contentOf(answer)['code']) : '';
	const fits =
		expected === 'silence'
			? !answer
			: 'type' in expected
				? answer?.type === expected.type
				: expected.codes.includes(code) && (answer === undefined ? code === '' : true);
	if (fits && answers.length < 2) return;
	const known = line.signaling ? 'known there' : 'unknown there';
	throw new Broken(
		`${nameOf(who)}, ${known}: ${what} is answered with ${JSON.stringify(answers)}, and not ${JSON.stringify(expected)}\n${JSON.stringify(frame).slice(0, 600)}\nopen: ${line.isOpen}, sessions: ${party.signalings.length}`
	);
}

async function happen(scene: Scene): Promise<void> {
	const { party, line, pick } = scene;
	const { signaling } = line;
	switch (scene.what) {
		case 'junk': {
			const { sent, codes } = junk(scene);
			const heard = await party.exchange(line, sent);
			const errors = heard
				.filter(({ type }) => type === 'error')
				.map((frame) => String(contentOf(frame)['code']));
			const isFine = errors.length === 1 && codes.includes(errors[0] ?? '');
			if (!isFine) throw new Broken(`junk ${pick % 14} is answered with ${JSON.stringify(errors)}`);
			party.demand();
			return;
		}
		case 'too large':
			party.counts.frames += 1;
			line.socket.send(JSON.stringify({ type: 'message', more: 'x'.repeat(64 * 1024) }));
			break;
		case 'bye':
			party.counts.frames += 1;
			line.socket.send(JSON.stringify({ type: 'bye', bye: {} }));
			break;
		case 'lost':
			line.socket.terminate();
			break;
		case 'page gone':
			line.socket.close(1001);
	}
	await party.until(line, () => !line.isOpen, 'end of the socket');
	const isEnd = ['bye', 'page gone'].includes(scene.what);
	if (signaling && !signaling.isOver && isEnd) {
		party.leavePlace(signaling);
		party.end(signaling);
	}
	// that it is gone is seen by the server a moment later
	await party.gone();
	await party.settle();
}
