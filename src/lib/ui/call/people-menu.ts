import IconLink from '~icons/lucide/link';
import IconHand from '~icons/lucide/hand';
import IconLobby from '~icons/lucide/door-open';
import IconLock from '~icons/lucide/lock';
import IconMicOff from '~icons/lucide/mic-off';
import IconModerator from '~icons/lucide/shield';
import IconEnd from '~icons/lucide/phone-off';
import IconRemove from '~icons/lucide/user-x';
import type { Deed, Order, Whom } from '$lib/domain/moderation/deeds.ts';
import type { PeopleView } from '$lib/domain/moderation/people-view.ts';
import type { PersonView } from '$lib/domain/call/call-view.ts';
import type { PeopleText } from '../messages/people-text.ts';
import type { MenuItem, MenuSection } from './menu.ts';

/** What a moderator may ask for; some of it only after a question. */
export interface ModeratorActions {
	ondeed: (deed: Deed) => void;
	onorder: (order: Order) => void;
	/** Removing, closing the lobby over people who are in the call, and ending it are asked about first. */
	onask: (question: Question) => void;
}
export type Question = { kind: 'remove'; whom: Whom; name: string } | { kind: 'lobby' } | { kind: 'end' };

const item = (
	key: string,
	isThere: boolean,
	label: string,
	icon: MenuItem['icon'],
	onselect: () => void
): MenuItem[] => (isThere ? [{ key, label, ...(icon && { icon }), onselect }] : []);

interface OnPerson {
	whom: Whom;
	name: string;
	isModerator: boolean;
	/** Of somebody in the call; null: they are not. */
	media: Pick<PersonView, 'microphone' | 'handOrder'> | null;
}

/** What a moderator may do about somebody else; nothing, for everybody else. */
export function personItems(
	{ whom, name, isModerator, media }: OnPerson,
	moderates: PeopleView['moderates'],
	text: PeopleText,
	on: ModeratorActions
): MenuItem[] {
	if (moderates === 'no') return [];
	const words = text.people;
	const order = (kind: Order['kind']) => () => {
		if (typeof whom !== 'number') on.onorder({ kind, whom: [whom] });
	};
	const canOrder = moderates === 'all';
	const deed = (kind: 'promote' | 'demote') => () => on.ondeed({ kind, whom, name });
	return [
		...item('mute', canOrder && media?.microphone === 'on', words.mute, IconMicOff, order('mute')),
		...item('hand', canOrder && media?.handOrder != null, words.lowerHand, IconHand, order('lower-hand')),
		...item('promote', !isModerator, words.promote, IconModerator, deed('promote')),
		...item('demote', isModerator, words.demote, IconModerator, deed('demote')),
		...item('remove', true, words.remove, IconRemove, () => on.onask({ kind: 'remove', whom, name }))
	];
}

/** What a moderator may do about all of them. */
export function everybodySections(
	people: readonly PersonView[],
	view: PeopleView,
	text: PeopleText,
	on: ModeratorActions
): MenuSection[] {
	const { moderates, isLobbyClosed, isLocked } = view;
	const words = text.people;
	const others = people.flatMap((person) =>
		person.memberKey === 'self' ? [] : [{ ...person, key: person.memberKey }]
	);
	const heard = others.filter(({ microphone }) => microphone === 'on').map(({ key }) => key);
	const raised = others.filter(({ handOrder }) => handOrder !== null).map(({ key }) => key);
	const isFull = moderates === 'all';
	const setLobby = () => {
		if (isLobbyClosed) on.ondeed({ kind: 'lobby', isOn: false });
		else if (others.length > 0) on.onask({ kind: 'lobby' });
		else on.ondeed({ kind: 'lobby', isOn: true });
	};
	return [
		{
			key: 'media',
			items: [
				...item('mute', isFull && heard.length > 0, words.muteAll, IconMicOff, () =>
					on.onorder({ kind: 'mute', whom: heard })
				),
				...item('hands', isFull && raised.length > 0, words.lowerAll, IconHand, () =>
					on.onorder({ kind: 'lower-hand', whom: raised })
				)
			]
		},
		{
			key: 'room',
			items: [
				...item('lobby', isFull, isLobbyClosed ? words.lobbyOff : words.lobbyOn, IconLobby, setLobby),
				...item('lock', isFull, isLocked ? words.unlock : words.lock, IconLock, () =>
					on.ondeed({ kind: 'lock', isOn: !isLocked })
				),
				...item('link', isFull, words.moderatorLink, IconLink, () => on.ondeed({ kind: 'moderator-link' }))
			]
		},
		{
			key: 'end',
			items: item('end', true, text.call.endForAll, IconEnd, () => on.onask({ kind: 'end' }))
		}
	];
}
