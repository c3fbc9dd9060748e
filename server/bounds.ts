import { limits } from '../src/lib/protocol/limits.ts';

/** Times in milliseconds. Tests give shorter ones. Table: docs/protocol.md#limits */
export const defaultTimings = {
	helloMs: limits.helloMs,
	roomJoinMs: limits.roomJoinMs,
	resumeMs: limits.resumeMs,
	presentMs: limits.presentMs,
	listedMs: limits.listedMs,
	pullMs: limits.pullMs,
	/** one request to a bot */
	botTimeoutMs: 5_000,
	/** until a bot that could not be reached is asked again; the second time four times as long */
	botRetryMs: 1_000,
	expiryMs: limits.expiryMs,
	/** between two looks for sessions that are overdue */
	sweepMs: 5_000,
	/** between two looks for rooms that are not used any more, and messages beyond what is kept */
	retentionMs: 60 * 60 * 1_000,
	/** between two pings of a socket; one that has not answered by the next is dead */
	pingMs: 30_000,
	/** how long an internal client may take to accept a call to a telephone */
	dialoutMs: 45_000,
	/** one request to a backend of ROOST_BACKENDS, and between two times that it is told who is there */
	backendTimeoutMs: 5_000,
	backendPingMs: 10_000,
	/** how long what is known of such a backend's capabilities counts */
	backendLookMs: 60_000,
	/** how long whoever connected may take for the headers of a request, and for all of it */
	headersMs: 20_000,
	requestMs: 60_000,
	/** between two looks for connections that take longer */
	connectionLookMs: 5_000,
	/** how long what was accepted is still being answered when the server stops */
	drainMs: 2_500,
	/** how long a start waits for the server that still has its data, which may take as long to end */
	dataFreeMs: 5_000,
	/** between two looks at the TLS files */
	tlsLookMs: 5_000,
	/** from the answer that lets a session into an external signaling server's room to telling it about that session */
	introduceMs: 100,
	/** how long a request of a client waits for an external signaling server to be told of it */
	toldWaitMs: 1_000,
	/** one request to an external signaling server */
	postTimeoutMs: 5_000,
	/** until it is told again what it did not take: at first, at most, and for how long in all */
	postRetryMs: 250,
	postRetryMaxMs: 4_000,
	postForMs: 30_000
};
export type Timings = Record<keyof typeof defaultTimings, number>;

/** How much one address or one session may ask for. Generous: an office, or a test run, shares one address. */
export const defaultBounds = {
	/** OCS requests of one address */
	requestsPerMinute: 3_000,
	/** open connections in all, and those of one address that is no trusted proxy; sockets are among them */
	connections: 30_000,
	connectionsPerAddress: 1_000,
	/** rooms made from one address */
	roomsPerMinute: 120,
	/** wrong passwords for one room from one address: at once, and the milliseconds until one more */
	passwordGuesses: 10,
	passwordRestMs: 30_000,
	/** rooms asked for from one address that do not exist: at once, and the milliseconds until one more */
	unknownTokens: 300,
	unknownTokenRestMs: 2_000,
	/** chat messages of one guest: at once, and for each second that passes */
	chatBurst: 30,
	chatPerSecond: 1,
	/** people named in the messages of one guest: at once, and for each second that passes */
	mentionBurst: 50,
	mentionsPerSecond: 1,
	/** votes in one poll; how many of those in a public one that is closed are told with who voted */
	votesPerPoll: 20_000,
	namedVotes: 1_000,
	/** looks at polls of one guest: at once, and for each second that passes; each vote of anybody makes everybody look */
	pollBurst: 200,
	pollsPerSecond: 10,
	/** words of no bot for one room from one address: at once, and the milliseconds until one more */
	botGuesses: 10,
	botRestMs: 30_000,
	/** what waits to be told to one bot; beyond, it is not told the newest of the room of which most waits */
	queuedBotPosts: 500,
	/** requests to one bot at the same time, each for another room */
	botRequests: 8,
	/** how many times in a row a bot cannot be told of something before it is disabled */
	botErrors: 20,
	/** the newest messages that a room keeps */
	messagesPerRoom: 50_000,
	/** open sockets of one address */
	socketsPerAddress: 500,
	/** hellos of one address: at once, and for each second that passes */
	helloBurst: 200,
	hellosPerSecond: 20,
	/** hellos of one address that prove nothing, after a restart those of everybody there: at once, until one more */
	helloGuesses: 200,
	helloRestMs: 1_000,
	/** wrong proofs of an internal client, or of an order for a room, from one address: at once, until one more */
	secretGuesses: 10,
	secretRestMs: 30_000,
	/** signaling sessions in all */
	sessions: 20_000,
	/** transient data of one room: how many keys, and characters in all */
	transientKeys: 500,
	transientCharacters: 256 * 1024,
	/** frames of one socket: at once, and for each second that passes */
	frameBurst: 1_000,
	framesPerSecond: 100,
	/** characters that one session, or one guest without a socket, says to others: at once, and for each second that passes */
	saidCharacters: 2 * 1024 * 1024,
	saidCharactersPerSecond: 256 * 1024,
	/** what waits for a session without a socket; beyond, the session ends, for a gap would be worse */
	queuedFrames: 1_000,
	queuedBytes: 2 * 1024 * 1024,
	/** how much of that one other may have said; beyond, they are refused: nobody ends the session of another */
	queuedFramesOfOne: 500,
	queuedBytesOfOne: 1024 * 1024,
	/** what waits in a socket that reads too slowly; beyond, the session ends. What others say takes half of it at most */
	bufferedBytes: 4 * 1024 * 1024,
	/** requests to one backend of ROOST_BACKENDS at the same time; how many more wait; bytes of an answer */
	backendRequests: 8,
	waitingBackendRequests: 1_000,
	backendAnswerBytes: 256 * 1024,
	/** what waits to be told to an external signaling server about one room; beyond, it is told all anew later */
	queuedPosts: 1_000,
	queuedPostBytes: 16 * 1024 * 1024
};
export type Bounds = Record<keyof typeof defaultBounds, number>;
