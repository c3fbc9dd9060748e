import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseChatMessages, type ChatMessage } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { createChance } from './chance.ts';
import { createGuest, type Guest, type RoomPromises } from './guest.ts';
import { brokenPromises, type Kept } from './promises.ts';
import { startServerProcess } from './server-process.ts';

const guestCount = 20;
const guestsPerRoom = 5;
/** From the first word to the end: from hardly begun to everybody in the middle of it. */
const chatMs = { least: 20, most: 1_500 };
const pageSize = 200;

interface Options {
	/** path of the bundled server's `main.js` */
	bundle: string;
	rounds: number;
	seed: number;
	/** told after each round */
	onRound?: (round: number, outcome: Outcome) => void;
}

export interface Outcome {
	/** answers that promised something */
	acknowledged: number;
	/** messages that were on their way when the server ended, and sent again */
	retried: number;
	broken: string[];
}

/** One at the door of a room: who is in it, and what was promised of it. */
interface Party {
	host: Guest;
	guests: Guest[];
	promises: RoomPromises;
}

/**
 * Guests chat, the server is killed at a moment of chance and started again on the same data: what was acknowledged has to
 * be there, once, and in order. What was not is sent again. Ends with the first round that goes wrong.
 * @throws if the server does not start again, or answers what it never should
 */
export async function runRounds({ bundle, rounds, seed, onRound }: Options): Promise<Outcome> {
	const directory = mkdtempSync(join(tmpdir(), 'roost durability '));
	const dataDir = join(directory, 'data');
	mkdirSync(dataDir);
	const chance = createChance(seed);
	const total: Outcome = { acknowledged: 0, retried: 0, broken: [] };
	const names = Array.from({ length: guestCount }, (_, index) => `guest${index}`);
	const guests = names.map((name) => createGuest(name, createChance(chance.between(0, 2 ** 31))));
	const start = async () => {
		const server = await startServerProcess(bundle, { ROOST_DATA_DIR: dataDir });
		for (const guest of guests) guest.meet(server.origin);
		return server;
	};
	let server = await start();
	try {
		let before: Party[] = [];
		for (let round = 1; round <= rounds && total.broken.length === 0; round += 1) {
			const parties = await enterRooms(guests);
			const chatting = guests.map((guest) => guest.chat());
			await delay(chance.between(chatMs.least, chatMs.most));
			await server.kill();
			const acknowledged = (await Promise.all(chatting)).reduce((sum, count) => sum + count, 0);
			server = await start();

			const broken: string[] = [];
			// what survived one end has to survive the next as well
			for (const party of [...before, ...parties]) broken.push(...(await look(party)));
			const retried = parties.flatMap(({ promises }) => unanswered(promises)).length;
			await Promise.all(guests.map((guest) => guest.retry()));
			for (const party of parties) broken.push(...(await look(party)));
			before = parties;
			const outcome = { acknowledged, retried, broken };
			onRound?.(round, outcome);
			total.acknowledged += acknowledged;
			total.retried += retried;
			total.broken.push(...broken);
		}
	} finally {
		await server.kill();
		rmSync(directory, { recursive: true, force: true });
	}
	return total;
}

const unanswered = ({ messages }: RoomPromises) => messages.filter(({ id }) => id === undefined);

/** Everybody into rooms that are new, so that a round looks at its own. */
async function enterRooms(guests: Guest[]): Promise<Party[]> {
	const groups = Array.from({ length: guestCount / guestsPerRoom }, (_, index) =>
		guests.slice(index * guestsPerRoom, (index + 1) * guestsPerRoom)
	);
	return Promise.all(
		groups.map(async (members) => {
			const [host] = members;
			if (!host) throw new Error('a room needs a host');
			const first = (acknowledged: string): Kept<string> => ({ acknowledged, inDoubt: undefined });
			const token = await host.make();
			const promises = { token, messages: [], description: first(''), name: first('At first') };
			for (const member of members) await member.enter(promises, member === host);
			return { host, guests: members, promises };
		})
	);
}

/** @returns what is not as it was acknowledged */
async function look({ host, promises }: Party): Promise<string[]> {
	const { token, messages, description, name } = promises;
	const broken = brokenPromises(messages, await historyOf(host, token));
	const room = parseRoom((await host.talk('GET', `v4/room/${token}`)).data);
	for (const [what, kept, found] of [
		['description', description, room.description],
		['name', name, room.displayName]
	] as const) {
		if (found !== kept.acknowledged && found !== kept.inDoubt)
			broken.push(`the ${what} of ${token} is ${found}, not ${kept.acknowledged}`);
		// from now on it is what was found
		kept.acknowledged = found;
		kept.inDoubt = undefined;
	}
	return broken.map((line) => `${token}: ${line}`);
}

async function historyOf(reader: Guest, token: string): Promise<ChatMessage[]> {
	const history: ChatMessage[] = [];
	for (;;) {
		const from = history.at(-1)?.id ?? 0;
		const query = `lookIntoFuture=1&timeout=0&setReadMarker=0&limit=${pageSize}&lastKnownMessageId=${from}`;
		const { status, data } = await reader.talk('GET', `v1/chat/${token}?${query}`);
		if (status === 304) return history;
		if (status !== 200) throw new Error(`the history of ${token} cannot be read: ${status}`);
		history.push(...parseChatMessages(data));
	}
}
