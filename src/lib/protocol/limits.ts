/**
 * Bounds that both ends keep. Times in milliseconds unless the name says otherwise.
 * The table with the reasons: docs/protocol.md#limits
 */
export const limits = {
	/** Largest signaling frame from a client; a longer one ends the connection with close code 1009. */
	frameBytes: 64 * 1024,
	/** Largest body of an OCS request. */
	bodyBytes: 512 * 1024,
	/** Code points of one chat message. */
	chatCharacters: 32_000,
	/** Code points of a display name. */
	nameCharacters: 64,
	/** Code points of a room's name. */
	roomNameCharacters: 255,
	/** Code points of a room's password. */
	passwordCharacters: 255,
	/** Characters of a chat message's `referenceId`. */
	referenceIdCharacters: 64,
	/** Most messages in one answer of the chat. */
	chatPage: 200,
	/** Longest wait of one chat request, in seconds as on the wire. */
	chatWaitSeconds: 30,
	/** From the opening of the socket, or a refused hello, to the next hello. */
	helloMs: 2_000,
	/** From hello, or from leaving a room, to joining one. */
	roomJoinMs: 10_000,
	/** How long a signaling session outlives its socket. */
	resumeMs: 30_000,
	/** A Nextcloud session counts as present while its last ping is at most this old. */
	presentMs: 30_000,
	/** Without a signaling socket, a session is listed while its last ping is at most this old: a bit longer than a pull. */
	listedMs: 40_000,
	/** Longest wait of one pull of signaling. */
	pullMs: 30_000,
	/** A Nextcloud session without a ping for this long is removed. */
	expiryMs: 100_000,
	/** Life of the token that a hello 2.0 proves itself with. */
	helloTokenMs: 60_000
} as const;
