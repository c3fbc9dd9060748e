/**
 * Where Roost's answers are not what Talk's OpenAPI description says, on purpose.
 * @type {{ operation: RegExp; problem: RegExp; status?: number; why: string }[]}
 */
export const deviations = [
	{
		operation: /./,
		problem: /^status 403 is not described$/,
		why: "who is no moderator, or lacks a permission, is turned away before the operation: Talk's middleware does, undescribed"
	},
	{
		operation: /./,
		problem: /^data: must be object$|^data: must match a schema in anyOf$/,
		status: 403,
		why: 'the same, where the description knows the 403 of the operation itself, which has a word; the middleware says none'
	},
	{
		operation: /./,
		problem: /^status 404 is not described$/,
		why: "an unknown room, or a session that is not in it, is found out before the operation, as by Talk's middleware"
	},
	{
		operation: /./,
		problem: /^status 412 is not described$/,
		why: 'the lobby, or a request without the header that no other site can send: middleware in Nextcloud, undescribed'
	},
	{
		operation: /./,
		problem: /^status 429 is not described$/,
		why: 'too many from this address or guest; Nextcloud answers so wherever it limits, described or not'
	},
	{
		operation: /^GET room\/\{token\}$/,
		problem: /^status 400 is not described$/,
		why: 'an address that cannot be decoded names no room: refused before any operation; asked of one, true of all'
	},
	{
		operation: /^POST room$/,
		problem: /^status 41[35] is not described$/,
		why: 'a body that is too large, or in a form that is not read: asked of one operation, true of all'
	},
	{
		operation: /^POST room$/,
		problem: /^data\/error: must be equal to one of the allowed values/,
		status: 400,
		why: 'a body that is not JSON says `json`'
	},
	{
		operation: /^GET signaling\/settings$/,
		problem: /^status 400 is not described$/,
		why: 'two tokens in one question'
	},
	{
		operation: /^POST guest\/\{token\}\/name$/,
		problem: /^status 400 is not described$/,
		why: 'a name that is empty or too long is refused and not cut'
	},
	{
		operation: /^GET signaling\/\{token\}$/,
		problem: /^status 503 is not described$/,
		why: 'the server is stopping: the client comes back by way of new settings'
	},
	{
		operation: /\/v1\/bot\/admin/,
		problem: /^is not described$/,
		why: 'Talk registers bots on the command line of its server: there is no request to follow'
	},
	{
		operation: /^(?:GET|PUT|POST|DELETE) (?:chat|poll)/,
		problem: /^data: must be object$/,
		status: 404,
		why: 'an unknown room, or a session that is not in it: the described 404 is about a message or a poll, and has a word'
	},
	{
		operation: /^POST chat\/\{token\}$/,
		problem: /^data: must be object$/,
		status: 429,
		why: 'too many messages, where the described 429 is about mentions, which has its word here too'
	},
	{
		operation: /^POST signaling\/\{token\}$/,
		problem: /^data: must be string$/,
		status: 400,
		why: 'what is no list of messages is named, as everywhere'
	}
];
