const words =
	'we could meet at noon and look at the plan once more before the others come since it has changed since Monday'.split(
		' '
	);

export const firstText = 'the very first of all';

/** What somebody says: of one to forty words, now and then with marks, an address or a list. */
export function textOf(nth: number): string {
	if (nth === 0) return firstText;
	const count = 1 + ((nth * 7) % 40);
	const text = Array.from({ length: count }, (_, index) => words[(nth + index) % words.length]).join(' ');
	if (nth % 11 === 0) return `**${nth}** ${text} \`code\` and _more_`;
	if (nth % 17 === 0) return `${nth} see https://example.org/plan/${nth} ${text}`;
	if (nth % 29 === 0) return `${nth} ${text}\n\n- one\n- two`;
	return `${nth} ${text}`;
}
