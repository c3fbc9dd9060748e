import { parseChatMessage } from '../../src/lib/protocol/chat-message.ts';
import { createTestClient, type OcsResponse, type TestClient } from '../support/test-client.ts';
import type { Chance } from './chance.ts';
import type { Kept, Promised } from './promises.ts';

/** A room of one round: what was promised of it. */
export interface RoomPromises {
	token: string;
	messages: Promised[];
	/** of its description; the one who made the room sets it */
	description: Kept<string>;
	name: Kept<string>;
}

const emojis = ['👍', '🎉', '❤️'] as const;

/** One who chats as fast as the server answers, and notes what was acknowledged. Outlives the server. */
export function createGuest(name: string, chance: Chance) {
	const jar = new Map<string, string>();
	let client: TestClient;
	let room: RoomPromises;
	let isHost = false;
	let written = 0;

	/** @returns undefined if no answer came: the server has ended */
	async function ask(method: string, path: string, body: unknown): Promise<OcsResponse | undefined> {
		try {
			return await client.talk(method, path, body);
		} catch {
			return undefined;
		}
	}

	/**
	 * Changes something, which is in doubt until there is an answer.
	 * @returns whether there was one: without, nothing more can be asked
	 */
	async function change<Value>(
		kept: Kept<Value>,
		to: Value,
		[method, path, body]: [string, string, unknown]
	): Promise<boolean> {
		kept.inDoubt = to;
		const answer = await ask(method, path, body);
		if (!answer) return false;
		if (answer.status === 200) kept.acknowledged = to;
		else if (answer.status !== 429) throw new Error(`${method} ${path}: ${answer.status}`);
		kept.inDoubt = undefined;
		return true;
	}

	/** @returns as `change`; `refused` if it was too much for a while */
	async function write(promise: Promised): Promise<boolean | 'refused'> {
		const { referenceId, text } = promise;
		const answer = await ask('POST', `v1/chat/${room.token}`, { message: text.acknowledged, referenceId });
		if (!answer) return false;
		if (answer.status === 429) return 'refused';
		if (answer.status !== 201) throw new Error(`${referenceId}: ${answer.status}`);
		const { id } = parseChatMessage(answer.data);
		if (promise.id !== undefined && promise.id !== id)
			throw new Error(`${referenceId} was ${promise.id}, is ${id}`);
		promise.id = id;
		return true;
	}

	async function writeNew(): Promise<boolean | 'refused'> {
		written += 1;
		const referenceId = `${name}-${room.token}-${written}`;
		const text = { acknowledged: `${referenceId} says`, inDoubt: undefined };
		const isDeleted = { acknowledged: false, inDoubt: undefined };
		const promise: Promised = { referenceId, id: undefined, text, isDeleted, reactions: new Map() };
		const newest = Math.max(0, ...room.messages.map(({ id }) => id ?? 0));
		room.messages.push(promise);
		const isWritten = await write(promise);
		if ((promise.id ?? Infinity) <= newest)
			throw new Error(`${referenceId} got id ${promise.id ?? 0}, which is not after ${newest}`);
		if (isWritten === 'refused') room.messages.splice(room.messages.indexOf(promise), 1);
		return isWritten;
	}

	const pathOf = ({ id }: Promised, kind: 'chat' | 'reaction') => `v1/${kind}/${room.token}/${id ?? 0}`;
	const isOwn = ({ referenceId }: Promised) => referenceId.startsWith(`${name}-`);
	/** What is deleted later gets no reactions: whether they were in time would be in nobody's hands. */
	const isDoomed = ({ id }: Promised) => (id ?? 0) % 5 === 0;

	async function react(promise: Promised): Promise<boolean | 'refused'> {
		const before = promise.reactions.get(name);
		if (before?.is === 'gone' || before?.is === 'inDoubt') return 'refused';
		const { emoji } = before ?? { emoji: chance.oneOf(emojis) };
		promise.reactions.set(name, { emoji, is: 'inDoubt' });
		const method = before ? 'DELETE' : 'POST';
		const answer = await ask(method, pathOf(promise, 'reaction'), { reaction: emoji });
		if (!answer) return false;
		if (answer.status === 429) {
			if (before) promise.reactions.set(name, before);
			else promise.reactions.delete(name);
			return 'refused';
		}
		if (answer.status >= 300) throw new Error(`${method} of a reaction: ${answer.status}`);
		promise.reactions.set(name, { emoji, is: before ? 'gone' : 'there' });
		return true;
	}

	async function act(): Promise<boolean | 'refused'> {
		const dice = chance.between(1, 10);
		if (isHost && dice === 1) {
			const to = `about ${chance.between(0, 1e9)}`;
			return change(room.description, to, ['PUT', `v4/room/${room.token}/description`, { description: to }]);
		}
		if (isHost && dice === 2) {
			const to = `name ${chance.between(0, 1e9)}`;
			return change(room.name, to, ['PUT', `v4/room/${room.token}`, { roomName: to }]);
		}
		const there = room.messages.filter(({ id, isDeleted }) => id !== undefined && !isDeleted.acknowledged);
		const promise = there[chance.between(0, Math.max(0, there.length - 1))];
		if (!promise || dice <= 6) return writeNew();
		if (!isDoomed(promise)) {
			if (dice <= 8 || !isOwn(promise)) return react(promise);
			const to = `${promise.text.acknowledged} more`;
			return change(promise.text, to, ['PUT', pathOf(promise, 'chat'), { message: to }]);
		}
		if (!isOwn(promise)) return writeNew();
		return change(promise.isDeleted, true, ['DELETE', pathOf(promise, 'chat'), undefined]);
	}

	return {
		name,
		/** Where the server is now. */
		meet(origin: string): void {
			client = createTestClient(origin, jar);
		},
		/** Makes a room, as its owner. */
		async make(): Promise<string> {
			const { data } = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'At first' });
			return (data as { token: string }).token;
		},
		async enter(promises: RoomPromises, asHost: boolean): Promise<void> {
			room = promises;
			isHost = asHost;
			await client.joinRoom(room.token, name);
		},
		/** Until the server ends. @returns how much was acknowledged */
		async chat(): Promise<number> {
			for (let acknowledged = 0; ;) {
				const isDone = await act();
				if (isDone === false) return acknowledged;
				if (isDone === true) acknowledged += 1;
				// whoever was refused asks for something that needs no permission, so as not to turn in circles
				else if (!(await ask('GET', `v4/room/${room.token}`, undefined))) return acknowledged;
			}
		},
		/** Sends again what was not answered, blindly and twice, as one does who does not know. */
		async retry(): Promise<void> {
			for (const promise of room.messages.filter((one) => isOwn(one) && one.id === undefined)) {
				const both = [await write(promise), await write(promise)];
				if (both.some((done) => done !== true))
					throw new Error(`${promise.referenceId} could not be sent again`);
			}
		},
		talk: (method: string, path: string) => client.talk(method, path)
	};
}
export type Guest = ReturnType<typeof createGuest>;
