/** The error codes of the socket that this server uses. */
export type ErrorCode =
	| 'add_failed'
	| 'already_joined'
	| 'auth_failed'
	| 'duplicate_session'
	| 'federation_unsupported'
	| 'hello_expected'
	| 'ignored'
	| 'internal_error'
	| 'invalid_backend'
	| 'invalid_client_type'
	| 'invalid_format'
	| 'invalid_hello_version'
	| 'invalid_request'
	| 'invalid_ticket'
	| 'invalid_token'
	| 'no_such_room'
	| 'no_such_session'
	| 'no_such_user'
	| 'not_allowed'
	| 'not_in_room'
	| 'room_join_failed'
	| 'session_limit_exceeded'
	| 'token_expired'
	| 'token_not_valid_yet'
	| 'too_many_requests';

/** What an answer repeats of what it answers; none if that had none. */
export type FrameId = string | undefined;
export const withId = (id: FrameId) => (id === undefined ? {} : { id });

export const errorFrame = (id: FrameId, code: ErrorCode, message: string, details?: unknown) => ({
	...withId(id),
	type: 'error',
	error: { code, message, ...(details !== undefined && { details }) }
});
