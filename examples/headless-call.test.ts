import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket as WsClient } from 'ws';
import { decodeState, encodeState } from '../src/lib/adapters/talk/data-channel.ts';
import { createTalkApi } from '../src/lib/adapters/talk/ocs-client.ts';
import { createSignalingTransport } from '../src/lib/adapters/talk/signaling-socket.ts';
import { talkDialect, type Dialect } from '../src/lib/adapters/talk/signaling/dialect.ts';
import { nativeDialect } from '../src/lib/adapters/talk/signaling/native-messages.ts';
import { createLedger } from '../src/lib/adapters/webrtc/ledger.ts';
import { createLocalTracks } from '../src/lib/adapters/webrtc/local-tracks.ts';
import { createPeerConnections } from '../src/lib/adapters/webrtc/peer-connection.ts';
import { createRemoteStreams } from '../src/lib/adapters/webrtc/remote-streams.ts';
import type { GroupCallInput } from '../src/lib/domain/call/group-call/setup.ts';
import type { CallId } from '../src/lib/protocol/ids.ts';
import { until } from '../tests/support/contract.ts';
import { fetchWithCookies, startEmbeddedServer } from '../tests/support/embedded-server.ts';
import { FakeMediaStream, fakeTrack } from '../tests/support/fake-media.ts';
import { FakeNetwork } from '../tests/support/fake-network.ts';
import { openHeadlessCall } from './headless-call.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

let server: Awaited<ReturnType<typeof startEmbeddedServer>>;
beforeAll(async () => {
	server = await startEmbeddedServer();
});
afterAll(async () => {
	await server.stop();
});

/** One program in the call: the embedded server is real, and so is everything but the peer connections. */
async function openProgram(
	name: string,
	network: FakeNetwork,
	how: { profile: GroupCallInput['profile']; dialect: Dialect }
) {
	const warnings: string[] = [];
	const said: string[] = [];
	const warn = (message: string) => warnings.push(message);
	const ledger = createLedger(warn);
	const createStream = (tracks: MediaStreamTrack[]) => new FakeMediaStream(tracks);
	const localTracks = createLocalTracks(createStream);
	const remoteStreams = createRemoteStreams(createStream);
	const connections = createPeerConnections({
		createConnection: network.open,
		createStream,
		localTracks,
		remoteStreams,
		ledger,
		warn
	});
	const api = createTalkApi({
		fetch: fetchWithCookies(),
		baseUrl: server.baseUrl,
		tabId: name[0]?.repeat(64) ?? ''
	});
	const transport = createSignalingTransport({
		openSocket: (url) => {
			const socket = new WsClient(url);
			const send = socket.send.bind(socket);
			socket.send = (text: string) => {
				said.push(text);
				send(text);
			};
			return socket;
		},
		count: warn,
		dialect: how.dialect
	});
	let ids = 0;
	const program = openHeadlessCall(
		{
			connections,
			codec: { encode: encodeState, decode: decodeState },
			ports: {
				api,
				transport,
				outbox: { claim: async () => [], put: async () => undefined, remove: async () => undefined },
				now: () => Date.now(),
				random: () => Math.random(),
				newCallId: () => `${name}-${Date.now()}-${(ids += 1)}` as CallId,
				newReferenceId: () => `${name}-message-${(ids += 1)}`,
				releaseResources: (owner) => ledger.releaseOwner(owner)
			}
		},
		{
			name,
			profile: how.profile,
			account: server.baseUrl,
			tabId: name,
			password: undefined,
			consent: false,
			maxChatLength: 1_000,
			mediaChoice: { microphone: 'on', camera: 'off', microphoneDevice: null, cameraDevice: null },
			room: await api.lookUpRoom('demo' as Parameters<typeof api.lookUpRoom>[0]),
			media: {
				version: 1,
				lease: { leaseId: 'usermedia-1', tracks: { audio: localTracks.add(fakeTrack('audio')) } },
				screen: null,
				microphone: 'on',
				camera: 'off',
				has: { audio: true, video: false }
			}
		}
	);
	return { ...program, ledger, warnings, said };
}

describe('the engine without the app', () => {
	it.each([
		{ profile: 'native', dialect: nativeDialect, words: ['m.call.invite', 'm.call.answer'] },
		{ profile: 'talkMesh', dialect: talkDialect, words: ['"type":"offer"', '"type":"answer"'] }
	] as const)(
		'given two programs, when they join by $profile over the embedded relay, then they are connected, and nothing stays open',
		async ({ words, ...how }) => {
			const network = new FakeNetwork();
			const [ann, ben] = [await openProgram('ann', network, how), await openProgram('ben', network, how)];

			await Promise.all([ann.join(), ben.join()]);
			const connected = () => network.connections.filter(({ isConnected }) => isConnected).length;
			await until(() => connected() === 2, 'both ends are connected');
			network.tick();
			const heard = network.connections.flatMap((connection) =>
				connection.getTransceivers().map(({ receiver }) => receiver.received.media)
			);
			expect(heard.filter((frames) => frames > 0)).toHaveLength(2);
			const frames = [...ann.said, ...ben.said];
			for (const word of words) expect(frames.some((frame) => frame.includes(word))).toBe(true);

			expect(await ann.leave()).toMatchObject({ reason: 'left' });
			expect(await ben.leave()).toMatchObject({ reason: 'left' });
			expect(network.openConnections).toBe(0);
			expect([ann.ledger.snapshot(), ben.ledger.snapshot()]).toEqual([{}, {}]);
		}
	);

	it('given the page about the engine, when it is read, then its example is the one that runs here', async () => {
		const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');
		const page = await read('../docs/engine.md');
		const example = (await read('./headless-call.ts')).trim();
		expect(page).toContain(example);
		expect(page.split('\n').length).toBeLessThanOrEqual(70);
	});
});
