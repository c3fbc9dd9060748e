/** Fills that carry white text at 4.5:1 or better on both themes. */
const fills = [
	'#2b68e8',
	'#7646c9',
	'#ad2a74',
	'#b0412b',
	'#8a5a05',
	'#3c7022',
	'#0d7468',
	'#50606f'
] as const;

/**
 * Up to two letters that stand for a name: of its first and its last word.
 * @returns '' when the name holds no letter or number
 */
export function initialsOf(name: string): string {
	const words = name.match(/[\p{L}\p{N}][\p{L}\p{M}\p{N}'’]*/gu) ?? [];
	const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
	return picked.map((word) => (word?.match(/^.\p{M}*/u)?.[0] ?? '').toLocaleUpperCase()).join('');
}

/** The same id gets the same fill everywhere (FNV-1a, 32 bit). */
export function fillOf(id: string): string {
	let hash = 0x811c9dc5;
	for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
	return fills[(hash >>> 0) % fills.length] ?? fills[0];
}
