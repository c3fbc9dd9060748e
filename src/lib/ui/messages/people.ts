import { english as en } from './english.ts';
import { isolate } from './format.ts';

/** The list of people, what moderators do, and the ways to bring others in. */
export const people = {
	waiting: 'Waiting in lobby',
	inRoom: 'In the room',
	optionsFor: (name: string) => `Options for ${isolate(name)}`,
	forEverybody: 'Moderator controls',
	invite: 'Invite',
	guest: 'Guest',
	stale: 'Could not read who is in the room. Trying again.',

	mute: 'Mute',
	lowerHand: 'Lower hand',
	promote: 'Make moderator',
	demote: 'Take moderator rights away',
	remove: 'Remove',
	admit: 'Admit',
	admitPerson: (name: string) => `Admit ${isolate(name)}`,
	admitAll: 'Admit all',
	muteAll: 'Mute everyone',
	lowerAll: 'Lower all hands',
	lobbyOn: 'Turn lobby on',
	lobbyOff: 'Turn lobby off',
	lock: 'Lock room',
	unlock: 'Unlock room',
	moderatorLink: 'Copy moderator link',

	isLobbyOn: 'The lobby is on. Guests wait until they are let in.',
	isLocked: 'The room is locked. Nobody can join the call or write.',

	removeTitle: (name: string) => `Remove ${isolate(name)}?`,
	removeHint: 'They leave the call at once.',
	blocks: 'Also block from coming back',
	endTitle: 'End the call for everyone?',
	endHint: 'Everyone leaves at once. The link stays valid.',
	lobbyTitle: 'Turn the lobby on?',
	lobbyHint: 'Guests leave the call and wait until they are let in. Moderators stay.',

	done: {
		promote: (name: string) => `${isolate(name)} is a moderator now`,
		demote: (name: string) => `${isolate(name)} is no longer a moderator`,
		remove: (name: string) => `${isolate(name)} was removed`,
		ban: (name: string) => `${isolate(name)} was removed and blocked`,
		admit: (name: string) => `${isolate(name)} may join now`
	},
	admittedAll: 'Everyone in the lobby may join now',
	lobbyIsOn: 'The lobby is on',
	lobbyIsOff: 'The lobby is off',
	roomIsLocked: 'The room is locked',
	roomIsUnlocked: 'The room is open again',
	moderatorLinkCopied: 'Moderator link copied. It replaces the one before.',

	failed: {
		promote: (name: string) => `${isolate(name)} could not be made a moderator`,
		demote: (name: string) => `The rights of ${isolate(name)} could not be taken away`,
		remove: (name: string) => `${isolate(name)} could not be removed`,
		ban: (name: string) => `${isolate(name)} could not be blocked`,
		admit: (name: string) => `${isolate(name)} could not be let in`
	},
	admitAllFailed: 'Not everyone could be let in',
	lobbyFailed: 'The lobby could not be changed',
	lockFailed: 'The room could not be locked or unlocked',
	moderatorLinkFailed: 'The moderator link could not be made',
	notMuted: (names: readonly string[]) => `${en.list(names.map(isolate))} could not be muted`,
	handNotLowered: (names: readonly string[]) =>
		`The hand of ${en.list(names.map(isolate))} could not be lowered`,
	notAllowed: 'The server does not allow it.',
	noAnswer: 'The server did not answer.',

	/** The waiting is over. */
	isOpen: (room: string) => (room === '' ? 'The call is open' : `${isolate(room)} is open`),
	sentTo: (room: string) => `You were moved to ${isolate(room)}`,
	crowd: 'Many people are here, so your microphone is muted',
	mutedBy: (name: string) => `${isolate(name)} muted you`,
	aModerator: 'A moderator',
	unmute: 'Unmute',
	stillThere: 'Still there?',
	stillThereHint: (seconds: number) =>
		en.plural(seconds, {
			one: 'Nobody else is here. You leave the call in 1 second.',
			other: `Nobody else is here. You leave the call in ${en.number(seconds)} seconds.`
		}),
	stay: 'Stay',
	leave: 'Leave'
} as const;
