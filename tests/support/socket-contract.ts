import { expectSame, failureOf, until, type ContractCase } from './contract.ts';
import type { FakeSocket, FakeSocketEnd } from './fake-socket.ts';

type Implementation = 'fake' | 'jsdom' | 'ws';

/** Where sockets and their other ends come from: a real server, or the fake. */
export interface SocketPlatform {
	implementation: Implementation;
	/** @param url of something else than the server at the other end */
	open(url?: string): FakeSocket;
	/** The other end of the socket that was opened last. */
	end(): Promise<Pick<FakeSocketEnd, 'accept' | 'refuse' | 'say' | 'close' | 'drop' | 'received'>>;
}

interface Run {
	socket: FakeSocket;
	end: Awaited<ReturnType<SocketPlatform['end']>>;
	/** `open`, `error`, `message <text>` and `close <code>`, as they came. */
	log: string[];
}

interface SocketCase {
	name: string;
	/** Departs from the standard here; what browsers do is what counts. */
	unlike?: Implementation;
	run: (run: Run, platform: SocketPlatform) => Promise<void>;
}

const isClosed = (log: string[]) => log.some((entry) => entry.startsWith('close'));
const closed = ({ log }: Run) => until(() => isClosed(log), 'the socket is closed');
const opened = async ({ end, log }: Run) => {
	end.accept();
	await until(() => log.includes('open'), 'the socket is open');
};

/** Time in which what must not come would have come. */
const quiet = () => new Promise((settle) => setTimeout(settle, 50));

const cases: SocketCase[] = [
	{
		name: 'opens later, not at once',
		run: async (run) => {
			expectSame(run.socket.readyState, 0, 'state before the other end said anything');
			run.end.accept();
			expectSame(run.log, [], 'events by the time accept() returned');
			await until(() => run.log.includes('open'), 'the socket is open');
			expectSame(run.socket.readyState, 1, 'state after opening');
		}
	},
	{
		name: 'refuses to send before it is open',
		run: async (run) => {
			const failure = await failureOf(() => run.socket.send('early'));
			expectSame(failure === 'nothing', false, 'sending went through');
			await opened(run);
			await quiet();
			expectSame(run.end.received, [], 'what arrived');
		}
	},
	{
		name: 'carries texts both ways in order',
		run: async (run) => {
			await opened(run);
			for (const text of ['1', '', '{"a":"ä"}']) run.socket.send(text);
			for (const text of ['one', 'two', 'three']) run.end.say(text);
			await until(() => run.end.received.length === 3 && run.log.length === 4, 'all texts arrived');
			expectSame(run.end.received, ['1', '', '{"a":"ä"}'], 'at the other end');
			expectSame(run.log, ['open', 'message one', 'message two', 'message three'], 'at this end');
		}
	},
	{
		name: 'is closed once, with the code of the other end',
		run: async (run) => {
			await opened(run);
			run.end.say('last');
			run.end.close(4003);
			await closed(run);
			run.socket.send('into the void');
			run.socket.close();
			await quiet();
			expectSame(run.log, ['open', 'message last', 'close 4003'], 'events');
			expectSame(run.socket.readyState, 3, 'state');
		}
	},
	{
		name: 'reports a refusal as an error and a close, and nothing else',
		run: async (run) => {
			run.end.refuse();
			await closed(run);
			await quiet();
			expectSame(run.log, ['error', 'close 1006'], 'events');
		}
	},
	{
		name: 'closes with 1006 when the network drops',
		run: async (run) => {
			await opened(run);
			run.end.drop();
			await closed(run);
			expectSame(
				run.log.filter((entry) => entry !== 'error'),
				['open', 'close 1006'],
				'events'
			);
		}
	},
	{
		name: 'closes later, once, and with no code when none was given',
		run: async (run) => {
			await opened(run);
			run.socket.close();
			run.socket.close();
			expectSame(run.socket.readyState, 2, 'state by the time close() returned');
			expectSame(isClosed(run.log), false, 'closed by the time close() returned');
			await closed(run);
			await quiet();
			expectSame(run.log, ['open', 'close 1005'], 'events');
		}
	},
	{
		name: 'closes with the code that was given',
		run: async (run) => {
			await opened(run);
			run.socket.close(4001);
			await closed(run);
			expectSame(run.log, ['open', 'close 4001'], 'events');
		}
	},
	{
		name: 'is closed once when both ends close',
		run: async (run) => {
			await opened(run);
			run.end.close(4003);
			run.socket.close();
			await closed(run);
			await quiet();
			expectSame(run.log.filter((entry) => entry.startsWith('close')).length, 1, 'times it closed');
		}
	},
	{
		name: 'delivers what was sent before it was closed',
		unlike: 'jsdom', // sends at the next tick and closes at once
		run: async (run) => {
			await opened(run);
			run.socket.send('goodbye');
			run.socket.close();
			await closed(run);
			await until(() => run.end.received.length > 0, 'the text arrived');
			expectSame(run.end.received, ['goodbye'], 'what arrived');
		}
	},
	{
		name: 'delivers nothing after close()',
		unlike: 'ws', // delivers until the other end has answered
		run: async (run) => {
			await opened(run);
			run.socket.addEventListener('message', () => run.socket.close());
			run.end.say('first');
			run.end.say('second');
			await closed(run);
			expectSame(run.log, ['open', 'message first', 'close 1005'], 'events');
		}
	},
	{
		name: 'never opens when closed before',
		run: async (run) => {
			run.socket.close();
			run.end.accept();
			await closed(run);
			await quiet();
			expectSame(run.log, ['error', 'close 1006'], 'events');
		}
	},
	{
		name: 'refuses close codes that are for servers',
		unlike: 'ws', // lets programs that are no pages close with any
		run: async (run) => {
			await opened(run);
			const failure = await failureOf(() => run.socket.close(1001));
			expectSame(failure === 'nothing', false, 'closing went through');
			expectSame(run.socket.readyState, 1, 'state');
		}
	},
	{
		name: 'throws for what is no address of a socket',
		run: async (_run, platform) => {
			for (const url of ['', 'not an address', 'ftp://host.example/', 'ws://host.example/#part']) {
				const failure = await failureOf(() => platform.open(url));
				expectSame(failure === 'nothing', false, `opening "${url}" went through`);
			}
		}
	}
];

/** What signaling relies on in a socket, to be kept by the fake and by real ones. */
export function socketContract(platform: SocketPlatform): ContractCase[] {
	const kept = cases.filter(({ unlike }) => unlike !== platform.implementation);
	return kept.map(({ name, run }) => ({
		name,
		run: async () => {
			const socket = platform.open();
			const log: string[] = [];
			socket.addEventListener('open', () => log.push('open'));
			socket.addEventListener('error', () => log.push('error'));
			socket.addEventListener('message', ({ data }) => log.push(`message ${String(data)}`));
			socket.addEventListener('close', ({ code }) => log.push(`close ${code}`));
			await run({ socket, end: await platform.end(), log }, platform);
			socket.close();
		}
	}));
}
