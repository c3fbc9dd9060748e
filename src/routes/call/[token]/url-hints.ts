import type { Preferences } from '$lib/domain/store/ongoing-call.ts';

/** What a link may say beside the room. It only ever takes away of what is captured, and nothing of it is remembered. */
export interface UrlHints {
	/** Empty: the link says none. */
	name: string;
	isMuted: boolean;
	isUnseen: boolean;
}

/** @param search the query of the address, with or without its question mark */
export function readUrlHints(search: string): UrlHints {
	const said = new URLSearchParams(search);
	return {
		name: (said.get('name') ?? '').trim().slice(0, 64),
		isMuted: said.get('mic') === '0',
		isUnseen: said.get('cam') === '0'
	};
}

/** The address of the room, without what a link said to one person alone: what is passed on is for others. */
export const linkOf = ({ origin, pathname }: Pick<Location, 'origin' | 'pathname'>): string =>
	origin + pathname;

export const withUrlHints = (
	preferences: Preferences,
	{ name, isMuted, isUnseen }: UrlHints
): Preferences => ({
	...preferences,
	...(name !== '' && { name }),
	...(isMuted && { microphone: 'off' }),
	...(isUnseen && { camera: 'off' })
});
