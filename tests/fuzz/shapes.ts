import type { Answer } from './server.ts';

/** Every status that is documented. */
const statuses: ReadonlySet<number> = new Set([
	200, 201, 202, 204, 303, 304, 400, 401, 403, 404, 405, 409, 411, 412, 413, 415, 426, 429
]);

/** Talk's words for what is wrong, and the fields that a refusal may name. */
const words: ReadonlySet<string> = new Set(
	`age attendeeId actorDisplayName avatar ban banId bannedActor body bot call consent description displayName
	features flags force internalNote json lastKnownMessageId lastCommonReadId lastReadMessage limit lookIntoFuture
	includeLastKnown includeStatus setReadMarker mentions message messages method mode moderator name owner
	participant participant-type password permission permissions random reaction read-only recordingConsent
	referenceId replyTo reply-to room search secret self signature silent state timeout token type url value`.split(
		/\s+/
	)
);

/** The error codes of the socket. Those of a server that failed are no answers. */
const codes: ReadonlySet<string> = new Set(
	`add_failed already_joined federation_unsupported hello_expected ignored invalid_backend invalid_client_type
	invalid_format invalid_hello_version invalid_request invalid_ticket invalid_token no_such_room no_such_session
	not_allowed not_in_room session_limit_exceeded token_expired token_not_valid_yet too_many_requests`.split(
		/\s+/
	)
);

/** What the server says of itself, beside errors. */
const types: ReadonlySet<string> = new Set(
	'welcome hello room message control transient internal dialout event bye error'.split(' ')
);

/** @returns what is wrong with an answer, whatever was asked */
export function answerProblem(method: string, path: string, answer: Answer): string | undefined {
	const { status, headers, text } = answer;
	const wrong = (why: string) =>
		`${method} ${path.slice(0, 200)}: ${why} (${status})\n${text.slice(0, 1_000)}`;
	if (!statuses.has(status)) return wrong('not a status that is documented');
	if (status === 429 && !/^\d+$/.test(headers['retry-after'] ?? '')) {
		// who writes too fast is told in the body only
		if (!text.includes('"statuscode":429')) return wrong('does not say when to come back');
	}
	if (!path.startsWith('/ocs/') || status === 304 || method === 'HEAD') return undefined;
	const type = headers['content-type'] ?? '';
	if (status === 200 && /^(image\/svg\+xml|text\/csv)/.test(type)) return undefined;
	let envelope: { ocs?: { meta?: { status?: unknown; statuscode?: unknown }; data?: unknown } };
	try {
		envelope = JSON.parse(text) as typeof envelope;
	} catch {
		return wrong('not JSON');
	}
	const { meta, data } = envelope.ocs ?? {};
	if (meta?.statuscode !== status) return wrong('another status in the envelope');
	if (meta.status !== (status < 400 ? 'ok' : 'failure')) return wrong('not the word for this status');
	return status >= 400 && !isRefusal(status, data) ? wrong('not a refusal that is known') : undefined;
}

/** Nothing, a word, the session that is in the way, or what pulling clients read. */
function isRefusal(status: number, data: unknown): boolean {
	if (data === null) return true;
	if (status === 409) return true;
	if (typeof data === 'string') return status === 400;
	if (Array.isArray(data)) return JSON.stringify(data) === '[{"type":"usersInRoom","data":[]}]';
	const { error, message } = data as { error?: unknown; message?: unknown };
	// of pictures Talk says in words what is wrong
	return typeof error === 'string' ? words.has(error) : typeof message === 'string';
}

/** @returns what is wrong with a frame, whatever was said before it */
export function frameProblem(frame: Record<string, unknown>): string | undefined {
	const { type } = frame;
	if (typeof type !== 'string' || !types.has(type)) return 'of a type that is not documented';
	const content = frame[type];
	if (typeof content !== 'object' || content === null) return 'without content';
	if (type !== 'error') return undefined;
	const { code, message } = content as Record<string, unknown>;
	if (typeof code !== 'string' || !codes.has(code)) return 'an error that is not documented';
	return typeof message === 'string' ? undefined : 'an error without words';
}
