/** Longest display name, in characters as people count them. */
const maxLength = 64;

/** What is wrong with a name as typed; null: nothing, once it is trimmed. */
export function nameProblem(typed: string): 'missing' | 'too-long' | null {
	const length = Array.from(typed.trim()).length;
	if (length === 0) return 'missing';
	return length > maxLength ? 'too-long' : null;
}
