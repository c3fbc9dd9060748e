import { createHash } from 'node:crypto';
import type { Room } from '../rooms/model.ts';

/** Changes with the picture: clients keep pictures by it. */
export function avatarVersion({ token, avatar }: Room): string {
	return digestOf(JSON.stringify([token, avatar]))
		.toString('hex')
		.slice(0, 8);
}

/** The picture of a room, without a word about it: strangers may see it too. */
export function roomAvatar({ token, avatar }: Room, isDark: boolean): string {
	if (avatar) {
		const background = avatar.color === '' ? colorOf(token, isDark) : `#${avatar.color}`;
		return picture(background, letters(avatar.emoji, 'fill="#000" font-size="56"'));
	}
	const people = `<g fill="#fff"><circle cx="48" cy="48" r="15"/><path d="M22 96a26 26 0 0 1 52 0z"/>
<circle cx="84" cy="52" r="12"/><path d="M80 96a32 32 0 0 0-9-23 22 22 0 0 1 35 23z"/></g>`;
	return picture(colorOf(token, isDark), people);
}

/** The picture of a guest: how their name begins. */
export function guestAvatar(name: string, isDark: boolean): string {
	const [first] = new Intl.Segmenter().segment(name.trim().toLocaleUpperCase());
	const style = 'fill="#fff" font-size="60" font-family="sans-serif"';
	return picture(colorOf(name.trim(), isDark), letters(first?.segment ?? '?', style));
}

const picture = (background: string, content: string) =>
	`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="128" height="128">
<rect width="128" height="128" fill="${background}"/>${content}</svg>`;

const letters = (text: string, style: string) =>
	`<text x="64" y="64" ${style} text-anchor="middle" dominant-baseline="central">${escaped(text)}</text>`;

const escaped = (text: string) =>
	text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0).toString()};`);

/** One of many, always the same for the same text, and dark enough for white on it. */
function colorOf(text: string, isDark: boolean): string {
	const hue = (digestOf(text).readUInt16BE() % 24) * 15;
	return `hsl(${hue} 45% ${isDark ? 25 : 36}%)`;
}

const digestOf = (text: string) => createHash('sha1').update(text).digest();
