import { createHash } from 'node:crypto';
import { WebSocket } from 'ws';
import {
	administrator,
	bridge,
	browserOf,
	cut,
	effective,
	inCall,
	isWaiting,
	newRoom,
	people,
	presentIn,
	waits,
	type Attendee,
	type Room,
	type Signaling,
	type Who
} from './model.ts';
import { createSecrets } from './secrets.ts';
import { adminToken, type Answer, type FuzzServer } from './server.ts';
import { answerProblem, frameProblem } from './shapes.ts';

/** The server did what it must not do. */
export class Broken extends Error {
	override readonly name = 'Broken';
}

export type Frame = Record<string, unknown> & { type?: unknown };

/** One socket of somebody. */
export interface Line {
	who: Who;
	socket: WebSocket;
	signaling: Signaling | null;
	/** what came since the last exchange began */
	heard: Frame[];
	isOpen: boolean;
	/** what comes now may have been said long ago */
	isLate: boolean;
	/** sees each frame first: what follows from an answer holds for whatever comes after it */
	meet: (frame: Frame) => void;
	wake: () => void;
}

/** Something relayed: who may hear it, and who has not yet. */
interface Relayed {
	allowed: ReadonlySet<Signaling>;
	left: Set<Signaling>;
	sender: Signaling;
}

const waitMs = 20_000;
let partyCount = 0;

/** Some people with browsers and sockets, the rooms that they are in, and what the reference says of both. */
export async function openParty(server: FuzzServer) {
	partyCount += 1;
	const rooms: Room[] = [];
	const lines: Line[] = [];
	const signalings: Signaling[] = [];
	const relayed = new Map<number, Relayed>();
	const cookies = people.map(() => '');
	const problems: string[] = [];
	const counts = { requests: 0, frames: 0 };
	let markCount = 0;
	const isSeated = (room: Room, who: Who) =>
		signalings.some((one) => one.who === who && one.room === room && !one.isOver);
	const secrets = createSecrets({ rooms, isSeated });
	const nobody = () => false;
	for (const text of [adminToken, server.internalSecret, server.backendSecret, server.botSecret]) {
		secrets.keep(text, 'a secret of the server', nobody);
	}
	server.onLog((line) => {
		const long = /[A-Za-z0-9_-]{64,}/.exec(line)?.[0];
		if (long !== undefined && isSecret(long)) problems.push(`a secret in the log: ${line.slice(0, 500)}`);
		if (/zqk\d/.test(line)) problems.push(`a secret in the log: ${line.slice(0, 500)}`);
	});
	const kept = new Set<string>();
	const isSecret = (text: string) => kept.has(text);

	const tabId = createHash('sha256').update(`tab ${partyCount}`).digest('hex');
	/** A place for what never was a room. */
	const nowhere = { ...newRoom(9, `nowhere${partyCount}`, -1, ''), isGone: true };

	function headersOf(who: Who): Record<string, string> {
		const person = people[who];
		if (!person) return {};
		const cookie = cookies[person.browser];
		return {
			'ocs-apirequest': 'true',
			accept: 'application/json',
			...(cookie !== '' && cookie !== undefined && { cookie: `roost_session=${cookie}` }),
			...(person.hasTab && { 'x-nextcloud-talk-session-tab-id': tabId }),
			...(person.name === 'administrator' && { authorization: `Bearer ${adminToken}` })
		};
	}

	/** Asks over http, and looks at what every answer has to be. */
	async function ask(
		who: Who,
		method: string,
		path: string,
		body?: string | Buffer,
		extra: Record<string, string | undefined> = {}
	): Promise<Answer> {
		const answer = await request(who, method, path, body, extra);
		inspect(who, answer);
		return answer;
	}

	/** As `ask`, for an answer that is looked through later: in the light of what follows from it. */
	async function request(
		who: Who,
		method: string,
		path: string,
		body?: string | Buffer,
		extra: Record<string, string | undefined> = {}
	): Promise<Answer> {
		counts.requests += 1;
		const headers = Object.fromEntries(
			Object.entries<string | undefined>({
				...headersOf(who),
				...(body !== undefined && { 'content-type': 'application/json' }),
				...extra
			}).filter((entry): entry is [string, string] => entry[1] !== undefined)
		);
		const answer = await server.ask(method, path, headers, body);
		takeCookie(who, headers, answer);
		const problem = answerProblem(method, path, answer);
		if (problem !== undefined) throw new Broken(problem);
		return answer;
	}

	function inspect(who: Who, { text, headers }: Answer): void {
		const leak = secrets.leakIn(`${text}\n${headers['location'] ?? ''}`, who, false);
		if (leak !== undefined) throw new Broken(`leaked to ${nameOf(who)}: ${leak}\n${text}`);
	}

	function takeCookie(who: Who, sent: Record<string, string>, { headers }: Answer): void {
		const set = headers['set-cookie'] ?? [];
		// the same again, for another month, is what who joins gets
		const isOther = !set.every((cookie) => sent['cookie']?.includes(cookie.split(';')[0] ?? ''));
		if (isOther && sent['cookie'] !== undefined)
			throw new Broken(`another cookie for one who has one: ${set.join()}`);
		const value = /^roost_session=([\w-]{43});/.exec(set[0] ?? '')?.[1];
		const { browser = -1 } = people[who] ?? {};
		if (value === undefined || cookies[browser] !== '' || who === bridge) return;
		cookies[browser] = value;
		keepSecret(value, `the cookie of ${nameOf(who)}`, nobody);
		secrets.keepHash(`browser:${value}`, `the hash of a cookie of ${nameOf(who)}`);
		for (const [other, person] of people.entries()) {
			if (person.browser !== browser) continue;
			const isTheirs = (reader: Who) => reader === other;
			secrets.keepHash(`${value}:${person.hasTab ? tabId : ''}`, `the guest key of ${person.name}`, isTheirs);
		}
	}

	/** @param may read it */
	function keepSecret(text: string, what: string, may: (who: Who) => boolean): void {
		secrets.keep(text, what, may);
		kept.add(text);
	}

	// sockets

	async function openLine(who: Who): Promise<Line> {
		const socket = new WebSocket(`ws://127.0.0.1:${server.port}/signaling/spreed`, {
			perMessageDeflate: false
		});
		const line: Line = {
			who,
			socket,
			signaling: null,
			heard: [],
			isOpen: true,
			isLate: false,
			meet: () => undefined,
			wake: () => undefined
		};
		socket.on('message', (data: Buffer) => {
			hear(line, data.toString());
			line.wake();
		});
		socket.on('close', () => {
			line.isOpen = false;
			if (line.signaling && !line.signaling.isOver) line.signaling.wasLost = true;
			const at = lines.indexOf(line);
			if (at !== -1) lines.splice(at, 1);
			line.wake();
		});
		socket.on('error', () => line.wake());
		socket.on('pong', () => line.wake());
		lines.push(line);
		await until(line, () => line.heard.some(({ type }) => type === 'welcome'), 'a welcome');
		return line;
	}

	function hear(line: Line, text: string): void {
		const frame = JSON.parse(text) as Frame;
		line.heard.push(frame);
		line.meet(frame);
		const { who, signaling } = line;
		const leak = secrets.leakIn(text, who, true, line.isLate);
		if (leak !== undefined) problems.push(`said to ${nameOf(who)}: ${leak}\n${text.slice(0, 2_000)}`);
		const problem = frameProblem(frame);
		if (problem !== undefined) problems.push(`${problem}: ${text.slice(0, 2_000)}`);
		if (frame.type === 'message' || frame.type === 'control') hearRelayed(line, frame, signaling);
	}

	function hearRelayed(line: Line, frame: Frame, signaling: Signaling | null): void {
		const said = frame[frame.type as string] as { sender?: { sessionid?: string }; data?: { n?: unknown } };
		const known = typeof said.data?.n === 'number' ? relayed.get(said.data.n) : undefined;
		const text = JSON.stringify(frame).slice(0, 500);
		if (!known) {
			// the server's own word to a bridge, whose virtual session is to hang up
			if ((said.data as { type?: unknown } | undefined)?.type !== 'hangup')
				problems.push(`relayed, but never sent: ${text}`);
		} else if (!signaling || !known.allowed.has(signaling)) {
			problems.push(`${nameOf(line.who)} may not hear: ${text}`);
		} else if (said.sender?.sessionid !== known.sender.id) {
			problems.push(`not who sent it: ${text}`);
		} else if (!known.left.delete(signaling)) {
			problems.push(`heard twice: ${text}`);
		}
	}

	async function until(line: Line, isDone: () => boolean, what: string): Promise<void> {
		const deadline = Date.now() + waitMs;
		while (!isDone()) {
			if (!line.isOpen) return;
			const left = deadline - Date.now();
			if (left <= 0)
				throw new Broken(
					`no ${what} for ${nameOf(line.who)}, but ${JSON.stringify(line.heard).slice(0, 2_000)}`
				);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, left);
				line.wake = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	/** Sends, and waits until all that it led to on this socket has come: what follows is always answered. */
	async function exchange(line: Line, frame: string | Buffer): Promise<Frame[]> {
		counts.frames += 1;
		markCount += 1;
		const mark = `mark-${markCount}`;
		line.heard = [];
		line.socket.send(frame, { binary: typeof frame !== 'string' });
		line.socket.send(JSON.stringify({ id: mark, type: 'hologram' }));
		await until(line, () => line.heard.some(({ id }) => id === mark), 'answer');
		return line.heard.filter(({ id }) => id !== mark);
	}

	/** Waits until everybody has heard what was said to them so far. */
	async function settle(): Promise<void> {
		await Promise.all(
			lines.map(async (line) => {
				if (line.signaling?.isOver === true) {
					await until(line, () => !line.isOpen, 'end of the socket');
					return;
				}
				let isBack = false;
				line.socket.once('pong', () => (isBack = true));
				line.socket.ping();
				await until(line, () => isBack, 'pong');
			})
		);
		demand();
	}

	/** @throws Broken for whatever went wrong meanwhile */
	function demand(): void {
		const [problem] = problems;
		if (problem !== undefined) throw new Broken(problem);
		const [accident] = server.accidents;
		if (accident !== undefined) throw new Broken(accident);
	}

	/** Waits until the server has noticed each socket that is gone. */
	async function gone(): Promise<void> {
		const deadline = Date.now() + waitMs;
		const wanted = new Set(lines.flatMap(({ signaling }) => signaling ?? []).filter(({ isOver }) => !isOver));
		for (;;) {
			const { text } = await server.ask('GET', '/api/v1/stats', { authorization: `Bearer ${adminToken}` });
			const { sessions, connected } = JSON.parse(text) as { sessions: number; connected: number };
			if (sessions === signalings.length && connected === wanted.size) return;
			if (Date.now() > deadline)
				throw new Broken(
					`${sessions} sessions and ${connected} with a socket, and not ${signalings.length} and ${wanted.size}`
				);
			await new Promise(setImmediate);
		}
	}

	// what follows from what was done, as the protocol has it

	/** The room session ends, and with it whoever stands for it at the socket. */
	function endSession(attendee: Attendee): void {
		for (const one of signalings) if (one.session === attendee.session && one.session !== null) end(one);
		attendee.session = null;
		attendee.flags = 0;
	}

	function end(signaling: Signaling): void {
		signaling.isOver = true;
		signaling.room = null;
		signaling.session = null;
		const at = signalings.indexOf(signaling);
		if (at !== -1) signalings.splice(at, 1);
	}

	/** What these may do is another now: they lose what it does not allow, and what orders gave. */
	function settleRights(room: Room, attendees: readonly Attendee[]): void {
		for (const attendee of attendees) {
			if (attendee.session === null) continue;
			for (const one of signalings) if (one.session === attendee.session) one.granted = null;
			if (attendee.flags === 0) continue;
			attendee.flags = waits(room, attendee) ? 0 : cut(attendee.flags, effective(room, attendee));
		}
	}

	function remove(room: Room, attendee: Attendee): void {
		if (attendee.session !== null) endSession(attendee);
		room.attendees.delete(attendee.who);
		room.moderators.delete(browserOf(attendee.who));
	}

	/** The lobby has closed: whoever has to wait is out of the call. */
	function closeLobby(room: Room): void {
		for (const attendee of inCall(room)) if (waits(room, attendee)) attendee.flags = 0;
	}

	/** Out of its place at the socket, and out of the room session that it stood for. */
	function leavePlace(signaling: Signaling): void {
		const { room, session } = signaling;
		const attendee =
			room && session !== null
				? [...room.attendees.values()].find((one) => one.session === session)
				: undefined;
		signaling.room = null;
		signaling.session = null;
		signaling.granted = null;
		if (attendee) endSession(attendee);
	}

	// what is stored, seen from outside

	const roomRow = server.database.prepare(
		`SELECT id, permissions, password_hash IS NOT NULL AS has_password, lobby_state, read_only, message_expiration,
		recording_consent, moderator_hash IS NOT NULL AS has_link,
		(SELECT COUNT(*) FROM bans WHERE room_id = rooms.id) AS bans,
		(SELECT COUNT(*) FROM moderators WHERE room_id = rooms.id) AS moderators,
		(SELECT COUNT(*) FROM room_bots WHERE room_id = rooms.id) AS bots
		FROM rooms WHERE token = ?`
	);
	const attendeeRows = server.database.prepare(
		`SELECT a.id, a.type, a.permissions, COALESCE(s.id, '') AS session, COALESCE(s.call_flags, 0) AS flags
		FROM attendees a LEFT JOIN sessions s ON s.attendee_id = a.id WHERE a.room_id = ? ORDER BY a.id`
	);

	/** Holds what is stored against what has to be. */
	function audit(): void {
		for (const room of rooms) {
			const [row] = roomRow.all(room.token) as Record<string, unknown>[];
			if (room.isGone) {
				if (row) throw new Broken(`room ${room.place} is still there`);
				continue;
			}
			if (!row) throw new Broken(`room ${room.place} is gone`);
			const { id, ...stored } = row;
			const people = [...room.attendees.values()].sort((one, other) => one.id - other.id);
			differ(`room ${room.place}`, stored, {
				permissions: room.level,
				has_password: Number(room.password !== null),
				lobby_state: Number(room.isLobbyClosed),
				read_only: Number(room.isLocked),
				message_expiration: room.expiration,
				recording_consent: Number(room.needsConsent),
				has_link: Number(room.secret !== null),
				bans: room.bans.length,
				moderators: room.moderators.size,
				bots: Number(room.hasBot)
			});
			differ(
				`people of room ${room.place}`,
				attendeeRows.all(id),
				people.map(({ id, isModerator, level, session, flags }) => ({
					id,
					type: isModerator ? 6 : 4,
					permissions: level,
					session: session ?? '',
					flags
				}))
			);
		}
	}

	/** Leaves nothing behind: whoever waits to come back says goodbye, and the rooms are deleted. */
	async function close(): Promise<void> {
		for (const line of lines) line.meet = () => undefined;
		for (const room of rooms) {
			const path = `/ocs/v2.php/apps/spreed/api/v4/room/${room.token}`;
			await server.ask('DELETE', path, headersOf(administrator));
		}
		for (const one of [...signalings]) {
			if (one.session !== null || lines.some(({ signaling }) => signaling === one)) continue;
			const line = await openLine(one.who);
			line.socket.send(JSON.stringify({ type: 'hello', hello: { version: '2.0', resumeid: one.resumeId } }));
			line.socket.send(JSON.stringify({ type: 'bye', bye: {} }));
		}
		for (const line of [...lines]) {
			if (line.signaling) line.socket.send(JSON.stringify({ type: 'bye', bye: {} }));
			line.socket.close();
		}
		await Promise.all([...lines].map((line) => until(line, () => !line.isOpen, 'end')));
		signalings.length = 0;
		await gone();
		server.onLog(() => undefined);
		// buckets fill up meanwhile, and what is remembered for a while is forgotten
		server.pass(10 * 60_000);
	}

	/** Everything that was to be heard has been. */
	function demandHeard(): void {
		for (const [number, { left }] of relayed) {
			for (const one of left) {
				if (!one.isOver && !one.wasLost)
					throw new Broken(`${nameOf(one.who)} has not heard message ${number}`);
			}
		}
	}

	return {
		server,
		rooms,
		nowhere,
		lines,
		signalings,
		relayed,
		secrets,
		counts,
		tabId,
		ask,
		request,
		inspect,
		keepSecret,
		openLine,
		exchange,
		until,
		settle,
		gone,
		demand,
		demandHeard,
		endSession,
		end,
		settleRights,
		remove,
		closeLobby,
		leavePlace,
		audit,
		close,
		/** the line of somebody that says what they say now */
		lineOf: (who: Who): Line | undefined => lines.findLast((line) => line.who === who && line.isOpen),
		/** those who hear what is said in a room */
		listenersIn: (room: Room): Signaling[] =>
			signalings.filter((one) => one.room === room && !one.isOver && !isWaiting(one)),
		/** for the rule of who sees ids: whoever is there, or stands there at the socket */
		isThere: (room: Room, who: Who): boolean => presentIn(room, who) !== undefined || isSeated(room, who)
	};
}
export type Party = Awaited<ReturnType<typeof openParty>>;

export const nameOf = (who: Who): string => people[who]?.name ?? 'bridge';

function differ(what: string, is: unknown, ought: unknown): void {
	const [one, other] = [JSON.stringify(is), JSON.stringify(ought)];
	if (one !== other) throw new Broken(`${what} is ${one}, and ought to be ${other}`);
}
