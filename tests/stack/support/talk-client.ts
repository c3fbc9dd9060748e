import * as v from 'valibot';
import type { SessionId } from '../../../src/lib/protocol/ids.ts';
import type { ServerFrame } from '../../../src/lib/protocol/signaling.ts';
import { createTestClient, createTestSocket, type TestSocket } from '../../support/test-client.ts';

type Answer = Extract<ServerFrame, { type: 'error' | 'message' }>;
const Offer = v.object({ type: v.literal('offer') });
const isOffer = (data: unknown) => v.is(Offer, data);

/** How long the signaling server waits for somebody to send something. */
const lookedForMs = 10_000;

/**
 * A guest without a browser, at the real signaling server.
 * @param origin of Roost
 */
export function createTalkClient(origin: string) {
	const http = createTestClient(origin);
	let socket: TestSocket | undefined;
	let requests = 0;

	async function hello(token: string, version: '1.0' | '2.0') {
		const { server, helloAuthParams } = await http.settings(token);
		socket = createTestSocket(`${server.replace(/^http/, 'ws')}/spreed`, {});
		await socket.next('welcome');
		const url = `${origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
		const auth = { url, params: helloAuthParams[version] };
		const answer = await socket.ask({ type: 'hello', hello: { version, auth } });
		if (answer.type !== 'hello') throw new Error(`hello was answered with ${JSON.stringify(answer)}`);
		return { socket, hello: answer.hello };
	}

	const enterSignalingRoom = (token: string) =>
		current().ask({ type: 'room', room: { roomid: token, sessionid: http.nextcloudSessionId } });

	function current(): TestSocket {
		if (!socket) throw new Error('no hello was said');
		return socket;
	}

	return {
		talk: http.talk,
		joinRoom: http.joinRoom,
		hello,
		enterSignalingRoom,
		/** Over http, hello, and into the signaling room. */
		async enter(token: string, name: string, version: '1.0' | '2.0' = '2.0') {
			await http.joinRoom(token, name);
			const greeted = await hello(token, version);
			await enterSignalingRoom(token);
			return { socket: greeted.socket, sessionId: greeted.hello.sessionid, hello: greeted.hello };
		},
		/** Asks the media server for what somebody sends. @returns `offer`, or the code of the refusal */
		async requestOffer(of: SessionId): Promise<string> {
			requests += 1;
			const id = `request-${requests}`;
			const data = { type: 'requestoffer', roomType: 'video', to: of };
			const recipient = { type: 'session', sessionid: of };
			current().send({ id, type: 'message', message: { recipient, data } });
			const answer = await current().nextThat(
				(frame): frame is Answer =>
					(frame.type === 'error' && frame.id === id) ||
					(frame.type === 'message' && frame.message.sender.sessionid === of && isOffer(frame.message.data)),
				'answer to a request for an offer',
				lookedForMs + 5_000
			);
			return answer.type === 'error' ? answer.error.code : 'offer';
		},
		[Symbol.asyncDispose]: async () => socket?.drop()
	};
}
