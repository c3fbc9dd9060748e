import * as v from 'valibot';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { until } from '../../../../tests/support/contract.ts';
import { fetchWithCookies, startEmbeddedServer } from '../../../../tests/support/embedded-server.ts';
import { createTestClient } from '../../../../tests/support/test-client.ts';
import { chatView } from '../../domain/chat/chat-log.ts';
import { chatMachine } from '../../domain/chat/chat-machine.ts';
import { parseChatMessage } from '../../protocol/chat-message.ts';
import { RoomToken } from '../../protocol/ids.ts';
import { createTalkApi } from './ocs-client.ts';

let server: Awaited<ReturnType<typeof startEmbeddedServer>>;
beforeAll(async () => {
	server = await startEmbeddedServer();
});
afterAll(() => server.stop());

it('given an open chat, when others edit, react, delete and clear, then it shows what is left, and no line about it', async () => {
	const api = createTalkApi({ fetch: fetchWithCookies(), baseUrl: server.baseUrl, tabId: 'a'.repeat(64) });
	await using ben = createTestClient(server.baseUrl);
	const made = await ben.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	const token = v.parse(v.object({ token: RoomToken }), made.data).token;
	await ben.joinRoom(token, 'Ben');
	const { actorType, actorId } = await api.enterRoom(token, { takeOver: false });
	const say = async (message: string) =>
		parseChatMessage((await ben.talk('POST', `v1/chat/${token}`, { message })).data).id;
	const chat = createActor(chatMachine, {
		input: {
			api,
			outbox: { claim: async () => [], put: async () => undefined, remove: async () => undefined },
			account: server.baseUrl,
			token,
			own: { actorType, actorId, name: 'Ann' },
			mayWrite: true,
			isModerator: false,
			features: [],
			maxLength: 1_000,
			now: Date.now,
			random: Math.random,
			newReferenceId: () => 'reference'
		}
	}).start();
	const shown = () => chatView(chat.getSnapshot().context, 'fresh').messages;
	const lines = (count: number, text: string) =>
		until(() => shown().length === count && shown()[0]?.text === text, `${count} lines, first "${text}"`);
	const ids = [await say('first'), await say('second')];
	// nobody tells it: the server is asked, and holds the question
	chat.send({ type: 'ONLINE', isTold: false });
	await lines(2, 'first');

	await ben.talk('PUT', `v1/chat/${token}/${ids[0]}`, { message: 'first, edited' });
	await lines(2, 'first, edited');
	await ben.talk('POST', `v1/reaction/${token}/${ids[0]}`, { reaction: '👍' });
	await ben.talk('DELETE', `v1/chat/${token}/${ids[1]}`);
	await until(() => shown()[1]?.kind === 'deleted', 'the deletion is shown');
	expect(shown().map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
		'message: first, edited',
		'deleted: Message deleted by author'
	]);
	await ben.talk('DELETE', `v1/chat/${token}`);
	await lines(1, '{actor} cleared the history of the conversation');

	chat.stop();
});
