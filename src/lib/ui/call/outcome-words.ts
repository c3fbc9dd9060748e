import type { SessionId } from '$lib/protocol/ids.ts';
import type { Deed } from '$lib/domain/moderation/deeds.ts';
import type { ModerationEmitted } from '$lib/domain/moderation/moderation-machine.ts';
import type { PeopleText } from '../messages/people-text.ts';

const doneWords = (deed: Deed, { people }: PeopleText): string => {
	switch (deed.kind) {
		case 'admit-all':
			return people.admittedAll;
		case 'lobby':
			return deed.isOn ? people.lobbyIsOn : people.lobbyIsOff;
		case 'lock':
			return deed.isOn ? people.roomIsLocked : people.roomIsUnlocked;
		case 'moderator-link':
			return people.moderatorLinkCopied;
		default:
			return people.done[deed.kind](deed.name);
	}
};

const failedWords = (deed: Deed, { people }: PeopleText): string => {
	switch (deed.kind) {
		case 'admit-all':
			return people.admitAllFailed;
		case 'lobby':
			return people.lobbyFailed;
		case 'lock':
			return people.lockFailed;
		case 'moderator-link':
			return people.moderatorLinkFailed;
		default:
			return people.failed[deed.kind](deed.name);
	}
};

/** What became of something that a moderator asked for. */
export function outcomeWords(
	outcome: ModerationEmitted,
	nameOf: (session: SessionId) => string,
	text: PeopleText
): string {
	if (outcome.type === 'DEED_DONE') return doneWords(outcome.deed, text);
	if (outcome.type === 'ORDER_UNHEARD') {
		const names = outcome.order.whom.map(nameOf);
		return outcome.order.kind === 'mute' ? text.people.notMuted(names) : text.people.handNotLowered(names);
	}
	const isSilent = outcome.code === 'server.unreachable' || outcome.code === 'server.maintenance';
	const why = isSilent ? text.people.noAnswer : text.people.notAllowed;
	return `${failedWords(outcome.deed, text)}. ${why}`;
}
