import type { ChatMessage } from '../../src/lib/protocol/chat-message.ts';

/** What a value may be found as: the last that was acknowledged, or one that was on its way when the server ended. */
export interface Kept<Value> {
	acknowledged: Value;
	inDoubt: Value | undefined;
}

/** Somebody's emoji on a message: whether it was acknowledged, or on its way, to be there or to be gone. */
interface Reacted {
	emoji: string;
	is: 'there' | 'gone' | 'inDoubt';
}

/** A message that somebody wrote, and what they were told about it. */
export interface Promised {
	referenceId: string;
	/** undefined: no answer came, so that it may be there or not */
	id: number | undefined;
	text: Kept<string>;
	isDeleted: Kept<boolean>;
	/** by who reacted */
	reactions: Map<string, Reacted>;
}

const fits = <Value>({ acknowledged, inDoubt }: Kept<Value>, found: Value) =>
	found === acknowledged || (inDoubt !== undefined && found === inDoubt);

/**
 * Holds what a room keeps against what was promised of it.
 * @param history everything that is there, oldest first
 * @returns what is wrong
 */
export function brokenPromises(promised: readonly Promised[], history: readonly ChatMessage[]): string[] {
	const broken: string[] = [];
	const byReference = new Map<string, ChatMessage>();
	let newest = 0;
	for (const message of history) {
		if (message.id <= newest) broken.push(`id ${message.id} comes after ${newest}`);
		newest = message.id;
		if (message.systemMessage !== '') continue;
		if (byReference.has(message.referenceId)) broken.push(`${message.referenceId} is there twice`);
		byReference.set(message.referenceId, message);
	}
	for (const promise of promised) {
		const found = byReference.get(promise.referenceId);
		byReference.delete(promise.referenceId);
		if (found) broken.push(...differences(promise, found));
		else if (promise.id !== undefined) broken.push(`${promise.referenceId} is lost`);
	}
	for (const stranger of byReference.keys()) broken.push(`${stranger} was written by nobody`);
	return broken;
}

function differences(promise: Promised, found: ChatMessage): string[] {
	const { referenceId, id, text, isDeleted } = promise;
	const wrong: string[] = [];
	if (id !== undefined && found.id !== id) wrong.push(`${referenceId} had id ${id} and has ${found.id}`);
	const isGone = found.deleted === true;
	if (!fits(isDeleted, isGone)) wrong.push(`${referenceId} is ${isGone ? '' : 'not '}deleted`);
	if (isGone) return wrong;
	if (!fits(text, found.message))
		wrong.push(`${referenceId} says ${found.message}, not ${text.acknowledged}`);
	return [...wrong, ...wrongReactions(promise, found)];
}

function wrongReactions({ referenceId, reactions }: Promised, found: ChatMessage): string[] {
	const emojis = new Set([
		...[...reactions.values()].map(({ emoji }) => emoji),
		...Object.keys(found.reactions)
	]);
	return [...emojis].flatMap((emoji) => {
		const ofEmoji = [...reactions.values()].filter((reaction) => reaction.emoji === emoji);
		const least = ofEmoji.filter(({ is }) => is === 'there').length;
		const most = least + ofEmoji.filter(({ is }) => is === 'inDoubt').length;
		const count = found.reactions[emoji] ?? 0;
		const isRight = count >= least && count <= most;
		return isRight ? [] : [`${referenceId} has ${count} ${emoji}, not ${least} to ${most}`];
	});
}
