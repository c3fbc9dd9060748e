import { createHash, randomBytes } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { certificates } from './certificates.ts';
import { createUpstreamSignaling } from './upstream-signaling.ts';
import { talkVersion, type TalkVersion } from './talk-versions.ts';

export interface TalkUpstreamOptions {
	version?: TalkVersion;
	/** Nextcloud installed below a path; empty for the root */
	webroot?: string;
	tls?: boolean;
	/** Nextcloud is told that browsers come by https, as behind a proxy */
	secureCookies?: boolean;
	signaling?: 'external' | 'internal';
	/** the signaling server has a port of its own */
	ownSignalingPort?: boolean;
	encryptedCalls?: 'on' | 'unsaid';
}

/** A request as the upstream saw it. */
interface SeenByUpstream {
	method: string;
	url: string;
	headers: http.IncomingHttpHeaders;
	body: string;
	/** how it came to be over: with an answer, or because nobody waited any more */
	outcome: Promise<'answered' | 'abandoned'>;
}

/** What can be wrong with it. `hang`: it takes requests and says nothing; `stall`: it stops in the middle of an answer. */
export type UpstreamTrouble = 'maintenance' | 'hang' | 'stall' | 'failing' | 'redirect' | 'nonsense' | null;

interface Guest {
	sessionId: string;
	tab: string;
	name: string;
	flags: number;
}

const rooms = {
	open1234: {},
	secret12: { password: 'sesame' },
	lobby123: { lobby: true },
	banned12: { banned: true },
	busy1234: { throttled: true }
} as const;
type RoomName = keyof typeof rooms;
const roomNames = Object.keys(rooms) as RoomName[];

/**
 * A Nextcloud with Talk, as far as a guest's client sees it: cookies and their checks, envelopes, the shapes of one
 * version. It plays what the embedded server does not have, and what goes wrong.
 */
export async function startTalkUpstream(options: TalkUpstreamOptions = {}) {
	const { version = talkVersion(25), webroot = '', tls = false, signaling = 'external' } = options;
	const isSecure = options.secureCookies ?? tls;
	const seen: SeenByUpstream[] = [];
	/** by the value of the session cookie */
	const jars = new Map<string, Guest[]>();
	const messages: Record<string, unknown>[] = [];
	let wakeChat: (() => void)[] = [];
	let trouble: UpstreamTrouble = null;

	const handler = (request: IncomingMessage, response: ServerResponse) => {
		const pieces: Buffer[] = [];
		request.on('data', (piece: Buffer) => pieces.push(piece));
		request.on('end', () => {
			const body = Buffer.concat(pieces).toString();
			const outcome = new Promise<'answered' | 'abandoned'>((resolve) => {
				response.once('close', () => resolve(response.writableFinished ? 'answered' : 'abandoned'));
			});
			seen.push({
				method: request.method ?? '',
				url: request.url ?? '',
				headers: request.headers,
				body,
				outcome
			});
			answer(request, response, body);
		});
	};
	const server = tls
		? https.createServer({ cert: certificates.a.cert, key: certificates.a.key }, handler)
		: http.createServer(handler);
	const port = await listen(server);
	const own = options.ownSignalingPort === true ? http.createServer() : undefined;
	const socketPort = own ? await listen(own) : port;
	const hub = createUpstreamSignaling(
		own ?? server,
		`${own ? '' : webroot}/standalone-signaling/spreed`,
		version
	);
	const scheme = tls ? 'https' : 'http';
	const url = `${scheme}://127.0.0.1:${port}${webroot}`;
	const socketUrl = `${own ? 'http' : scheme}://127.0.0.1:${socketPort}${own ? '' : webroot}/standalone-signaling/`;

	function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
		switch (trouble) {
			case 'hang':
				return;
			case 'failing':
				response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad Gateway</h1>');
				return;
			case 'maintenance':
				response
					.writeHead(503, { 'x-nextcloud-maintenance-mode': '1', 'retry-after': '120' })
					.end('<html>maintenance</html>');
				return;
			case 'redirect':
				response.writeHead(301, { location: `https://foreign.example${request.url ?? ''}` }).end();
				return;
			case 'nonsense':
				response.writeHead(200, { 'content-type': 'text/html' }).end('<html>a login page</html>');
				return;
			case 'stall':
				response.writeHead(200, { 'content-type': 'application/json' }).write('{"ocs":');
				return;
			case null:
				serve(request, response, body);
		}
	}

	function serve(request: IncomingMessage, response: ServerResponse, body: string): void {
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
		const path = pathname.startsWith(`${webroot}/`) ? pathname.slice(webroot.length) : '';
		const cookies = readCookies(request);
		const jar = cookies.get(sessionCookie) ?? giveCookies(response);
		if (path.startsWith('/index.php/avatar/')) {
			response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' });
			response.end(Buffer.from([0x89, 0x50, 0x4e, 0x47]));
			return;
		}
		const isSameSite = cookies.get(`${host}nc_sameSiteCookiestrict`) === 'true';
		if (request.headers['ocs-apirequest'] !== 'true' && cookies.size > 0 && !isSameSite) {
			ocs(response, null, 412);
			return;
		}
		const api = /^\/ocs\/v2\.php\/(?:apps\/spreed\/api\/v\d\/)?(.+)$/.exec(path)?.[1];
		if (api === undefined) response.writeHead(200).end('something that no guest should get');
		else if (request.headers.accept?.includes('json') !== true) response.writeHead(200).end('<?xml?><ocs/>');
		else {
			const fields = readFields(body);
			const hasCookies = cookies.has(sessionCookie);
			route({
				request,
				response,
				method: request.method ?? '',
				api,
				query: searchParams,
				fields,
				jar,
				hasCookies
			});
		}
	}

	const sessionCookie = `oc${createHash('sha1').update(webroot).digest('hex').slice(0, 10)}`;
	const host = isSecure && webroot === '' ? '__Host-' : '';

	function giveCookies(response: ServerResponse): string {
		const session = randomBytes(13).toString('hex');
		const path = webroot === '' ? '/' : webroot;
		const secure = isSecure ? '; secure' : '';
		const marker = (name: string) =>
			`${host}nc_sameSiteCookie${name}=true; path=${path}; httponly${secure}; expires=Fri, 31-Dec-2100 23:59:59 GMT; SameSite=${name}`;
		response.setHeader('set-cookie', [
			`${sessionCookie}=${session}; path=${path}${secure}; HttpOnly; SameSite=Lax`,
			`oc_sessionPassphrase=${randomBytes(16).toString('base64')}; path=${path}${secure}; HttpOnly; SameSite=Lax`,
			marker('lax'),
			marker('strict')
		]);
		return session;
	}

	interface Call {
		request: IncomingMessage;
		response: ServerResponse;
		method: string;
		api: string;
		query: URLSearchParams;
		fields: Record<string, unknown>;
		jar: string;
		hasCookies: boolean;
	}

	function route(call: Call): void {
		const { response, method, api, query } = call;
		const [resource = '', name = '', ...rest] = api.split('/');
		const room = roomNames.find((known) => known === name);
		response.setHeader('x-nextcloud-talk-hash', `hash-${version.talk}`);
		if (api === 'cloud/capabilities') ocs(response, capabilities());
		else if (api === 'signaling/settings') settings(call, query.get('token') ?? '');
		else if (room === undefined) ocs(response, { error: 'room' }, 404);
		else if (resource === 'room' && rest.length === 0) ocs(response, roomFor(room, guestOf(call)));
		else if (resource === 'room' && rest.join('/') === 'participants/active') {
			if (method === 'POST') enter(call, room);
			else leave(call);
		} else if (resource === 'room' && rest[0] === 'avatar') {
			response
				.writeHead(200, { 'content-type': 'image/svg+xml' })
				.end('<svg xmlns="http://www.w3.org/2000/svg"/>');
		} else inSession(call, resource, room);
	}

	/** The rest is for those who are in the room. */
	function inSession(call: Call, resource: string, room: RoomName): void {
		const { response, method, fields } = call;
		const guest = guestOf(call);
		if (!guest) ocs(response, null, 404);
		else if (resource === 'guest') {
			guest.name = String(fields['displayName']);
			ocs(response, []);
		} else if ('lobby' in rooms[room]) ocs(response, null, 412);
		else if (resource === 'call') {
			if (method === 'GET') ocs(response, [...jars.values()].flat().filter(isInCall).map(peerOf(room)));
			else {
				guest.flags = method === 'DELETE' ? 0 : Number(fields['flags'] ?? 7);
				hub.callChanged(room, guest.sessionId, guest.flags, guest.name);
				ocs(response, null);
			}
		} else if (resource === 'chat') chat(call, guest, room);
		else if (resource === 'signaling') pull(call, guest);
		else ocs(response, null, 404);
	}

	function guestOf({ jar, request }: Call): Guest | undefined {
		const tab = tabOf(request);
		return jars.get(jar)?.find((guest) => guest.tab === tab);
	}

	const tabOf = ({ headers }: IncomingMessage) =>
		version.knowsTabs ? String(headers['x-nextcloud-talk-session-tab-id'] ?? '') : '';

	function enter(call: Call, room: RoomName): void {
		const { response, fields, hasCookies, request } = call;
		const is = rooms[room];
		if (!hasCookies) return ocs(response, { error: 'cookies' }, 403);
		if ('banned' in is) return ocs(response, version.talk >= 20 ? { error: 'ban' } : null, 403);
		if ('throttled' in is) {
			response.setHeader('x-nextcloud-bruteforce-throttled', '25000ms');
			return ocs(response, null, 429);
		}
		let { jar } = call;
		if ('password' in is) {
			if (fields['password'] !== is.password) return ocs(response, { error: 'password' }, 403);
			jar = giveCookies(response); // the session is renewed with each proof of a password
		}
		const there = guestOf(call);
		if (there && fields['force'] === false && there.flags !== 0) {
			const { sessionId, flags } = there;
			return ocs(response, { sessionId, inCall: flags, lastPing: Math.floor(Date.now() / 1000) }, 409);
		}
		const guest: Guest = {
			sessionId: randomBytes(191).toString('base64').slice(0, 255),
			tab: tabOf(request),
			name: there?.name ?? '',
			flags: 0
		};
		const others = (jars.get(jar) ?? []).filter(({ tab }) => tab !== guest.tab);
		jars.set(jar, [...others, guest]);
		ocs(response, roomFor(room, guest));
	}

	function leave(call: Call): void {
		const guest = guestOf(call);
		if (guest) hub.callChanged('', guest.sessionId, 0, guest.name);
		jars.set(
			call.jar,
			(jars.get(call.jar) ?? []).filter((other) => other !== guest)
		);
		ocs(call.response, null);
	}

	function settings({ response }: Call, token: string): void {
		const isRoom = roomNames.some((name) => name === token);
		if (version.settings.needsRoom && !isRoom) return ocs(response, null, 404);
		const ticket = `${randomBytes(8).toString('hex')}:1700000000::${'0'.repeat(64)}`;
		const proofs = {
			'1.0': { userid: null, ticket },
			...(version.welcome?.includes('hello-v2') && { '2.0': { token: 'header.payload.signature' } })
		};
		const hasTicket = signaling === 'external' || version.settings.hasTicketAlways;
		ocs(response, {
			signalingMode: signaling === 'internal' ? 'internal' : version.settings.mode,
			userId: null,
			hideWarning: false,
			server: signaling === 'internal' ? '' : version.welcome === null ? [socketUrl] : socketUrl,
			...(hasTicket && { ticket, helloAuthParams: proofs }),
			stunservers: version.talk >= 24 ? [] : [{ urls: ['stun:127.0.0.1:9'] }],
			turnservers: [],
			sipDialinInfo: '',
			federation: version.settings.federation
		});
	}

	function chat({ response, method, fields, query }: Call, guest: Guest, room: RoomName): void {
		if (method === 'POST') {
			const message = {
				id: messages.length + 1,
				token: room,
				actorType: 'guests',
				actorId: 'a'.repeat(40),
				actorDisplayName: guest.name,
				timestamp: 1_700_000_000,
				message: fields['message'],
				messageParameters: [],
				systemMessage: '',
				messageType: 'comment',
				isReplyable: true,
				referenceId: fields['referenceId'] ?? '',
				reactions: [],
				expirationTimestamp: 0,
				markdown: true
			};
			messages.push(message);
			for (const wake of wakeChat.splice(0)) wake();
			return ocs(response, message, 201);
		}
		const last = Number(query.get('lastKnownMessageId') ?? 0);
		const isWaiting = query.get('lookIntoFuture') === '1';
		const tell = () => {
			const found = isWaiting ? messages.filter(({ id }) => Number(id) > last) : [...messages].reverse();
			if (found.length === 0) {
				response.writeHead(304).end();
				return;
			}
			response.setHeader('x-chat-last-given', String(found.at(-1)?.['id']));
			ocs(response, found);
		};
		if (!isWaiting || messages.some(({ id }) => Number(id) > last)) return tell();
		const timer = setTimeout(tell, Number(query.get('timeout') ?? 30) * 1000);
		const wake = () => {
			clearTimeout(timer);
			tell();
		};
		response.once('close', () => {
			clearTimeout(timer);
			wakeChat = wakeChat.filter((other) => other !== wake);
		});
		wakeChat.push(wake);
	}

	/** Talk's own signaling, as far as who is there. */
	function pull({ response, method }: Call, guest: Guest): void {
		if (method === 'POST') return ocs(response, null);
		const { sessionId, flags: inCall } = guest;
		const user = {
			userId: '',
			roomId: 1,
			lastPing: 1_700_000_000,
			sessionId,
			inCall,
			participantPermissions: 246
		};
		return ocs(response, [{ type: 'usersInRoom', data: [user] }]);
	}

	function capabilities() {
		const { encryptedCalls } = options;
		const unsaidCall = { ...(version.config['call'] as Record<string, unknown>) };
		delete unsaidCall['end-to-end-encryption'];
		const call = encryptedCalls === 'on' ? { ...unsaidCall, 'end-to-end-encryption': true } : unsaidCall;
		const config = encryptedCalls ? { ...version.config, call } : version.config;
		const features = encryptedCalls ? [...version.features, 'call-end-to-end-encryption'] : version.features;
		return {
			version: { major: version.talk + 10, string: `${version.talk + 10}.0.1` },
			capabilities: {
				core: { pollinterval: 60 },
				spreed: { features, 'features-local': [], config, 'config-local': [], version: `${version.talk}.0.1` }
			}
		};
	}

	function roomFor(name: RoomName, guest: Guest | undefined) {
		const is = rooms[name];
		const known = { token: name, type: 3, hasPassword: 'password' in is, lastMessage: [] };
		if (!guest) {
			const nobody = {
				name: '',
				displayName: '',
				participantType: 4,
				permissions: 1,
				sessionId: '0',
				hasCall: false
			};
			return { ...known, ...nobody, ...version.roomFields };
		}
		return {
			...known,
			id: 1,
			name: 'Team',
			displayName: 'Team',
			actorType: 'guests',
			actorId: createHash('sha1').update(guest.sessionId).digest('hex'),
			attendeeId: 7,
			participantType: 4,
			participantFlags: guest.flags,
			sessionId: guest.sessionId,
			permissions: version.talk >= 24 ? 502 : 246,
			canStartCall: true,
			hasCall: [...jars.values()].flat().some(isInCall),
			callFlag: 0,
			callStartTime: 0,
			readOnly: 0,
			lobbyState: 'lobby' in is ? 1 : 0,
			lobbyTimer: 0,
			...version.roomFields
		};
	}

	return {
		url,
		port,
		/** every request that came, the sockets' too */
		seen,
		sockets: hub.opened,
		messages,
		go(wrong: UpstreamTrouble): void {
			trouble = wrong;
		},
		/** how many guests it knows the session of */
		guests: () => [...jars.values()].flat().length,
		async stop(): Promise<void> {
			hub.stop();
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
			if (own) await new Promise((resolve) => own.close(resolve));
		},
		async [Symbol.asyncDispose]() {
			await this.stop();
		}
	};
}
export type TalkUpstream = Awaited<ReturnType<typeof startTalkUpstream>>;

const isInCall = ({ flags }: Guest) => flags !== 0;
const peerOf = (room: RoomName) => (guest: Guest) => ({
	actorType: 'guests',
	actorId: 'a'.repeat(40),
	displayName: guest.name,
	token: room,
	lastPing: 1_700_000_000,
	sessionId: guest.sessionId
});

function ocs(response: ServerResponse, data: unknown, status = 200): void {
	const meta = { status: status < 400 ? 'ok' : 'failure', statuscode: status, message: null };
	response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
	response.end(JSON.stringify({ ocs: { meta, data } }));
}

function readCookies({ headers }: IncomingMessage): Map<string, string> {
	const pairs = (headers.cookie ?? '').split('; ').filter((pair) => pair !== '');
	return new Map(
		pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
	);
}

function readFields(body: string): Record<string, unknown> {
	try {
		return Object(JSON.parse(body)) as Record<string, unknown>;
	} catch {
		return {};
	}
}

async function listen(server: http.Server): Promise<number> {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
	return address.port;
}
