import { expect, it, onTestFinished } from 'vitest';
import { connectEmbedder, type EmbeddedState, type EmbedderWish } from './embedder.ts';

const site = 'https://www.example';
const state: EmbeddedState = {
	page: 'prejoin',
	isJoining: false,
	microphone: 'off',
	camera: 'off',
	others: 0
};

type Listener = (event: { source: unknown; origin: string; data: unknown }) => void;

/** A window in a frame, and the page around it. */
function open({ isFramed = true, obeys = true } = {}) {
	const told: { message: unknown; to: string }[] = [];
	const wishes: EmbedderWish[] = [];
	const hear = (message: unknown, to: string) => void told.push({ message, to });
	const parent = { postMessage: hear };
	const listeners = new Set<Listener>();
	const frame = {
		parent,
		postMessage: hear,
		addEventListener: (_: 'message', listener: Listener) => void listeners.add(listener),
		removeEventListener: (_: 'message', listener: Listener) => void listeners.delete(listener)
	};
	if (!isFramed) frame.parent = frame;
	const embedder = connectEmbedder(frame, (wish) => {
		wishes.push(wish);
		return obeys;
	});
	onTestFinished(() => embedder.stop());
	const post = (data: unknown, from: { source?: unknown; origin?: string } = {}) => {
		for (const listener of listeners) listener({ source: parent, origin: site, data, ...from });
	};
	return { embedder, told, wishes, post, said: () => told.splice(0) };
}

it('given a frame, when it is there, then it says that and no more, until somebody has said hello', () => {
	const { embedder, post, said } = open();

	expect(said()).toEqual([{ message: { type: 'roost:ready', version: 1 }, to: '*' }]);
	embedder.tell(state);
	expect(said()).toEqual([]);
	post({ type: 'roost:hello' });
	expect(said()).toEqual([{ message: { type: 'roost:state', ...state }, to: site }]);
	embedder.tell({ ...state });
	expect(said()).toEqual([]);
	embedder.tell({ ...state, others: 2 });
	expect(said()).toEqual([{ message: { type: 'roost:state', ...state, others: 2 }, to: site }]);
});

it.each<{ data: unknown; wish: EmbedderWish }>([
	{ data: { type: 'roost:join' }, wish: { type: 'roost:join' } },
	{ data: { type: 'roost:join', name: ' Ann ', more: 1 }, wish: { type: 'roost:join', name: 'Ann' } },
	{ data: { type: 'roost:leave' }, wish: { type: 'roost:leave' } },
	{ data: { type: 'roost:mute' }, wish: { type: 'roost:mute' } },
	{ data: { type: 'roost:camera-off' }, wish: { type: 'roost:camera-off' } }
])('given $data from the page around it, when it comes, then it is carried out', ({ data, wish }) => {
	const { post, wishes, said } = open();
	said();
	post(data);

	expect(wishes).toEqual([wish]);
	expect(said()).toEqual([]);
});

it.each([
	{ data: { type: 'roost:unmute' }, command: 'roost:unmute', reason: 'unknown' },
	{ data: { type: 'roost:join', name: '  ' }, command: 'roost:join', reason: 'bad-value' },
	{ data: { type: 'roost:join', name: 'n'.repeat(65) }, command: 'roost:join', reason: 'bad-value' },
	{ data: { type: 'roost:join', name: 7 }, command: 'roost:join', reason: 'bad-value' },
	{ data: { type: `roost:${'x'.repeat(99)}` }, command: `roost:${'x'.repeat(58)}`, reason: 'unknown' }
])('given $data, when it comes, then it is refused with $reason', ({ data, command, reason }) => {
	const { post, wishes, said } = open();
	said();
	post(data);

	expect(wishes).toEqual([]);
	expect(said()).toEqual([{ message: { type: 'roost:refused', command, reason }, to: site }]);
});

it('given a wish that cannot be met now, when it comes, then that is said', () => {
	const { post, said } = open({ obeys: false });
	said();
	post({ type: 'roost:leave' });

	const refused = { type: 'roost:refused', command: 'roost:leave', reason: 'not-now' };
	expect(said()).toEqual([{ message: refused, to: site }]);
});

it.each([
	['another window', { type: 'roost:leave' }, { source: {} }],
	['a page without an origin', { type: 'roost:leave' }, { origin: 'null' }],
	['another program', { type: 'resize' }, {}],
	['somebody who sends text', 'roost:leave', {}],
	['somebody who sends nothing', null, {}]
])('given words of %s, when they come, then nothing happens', (_, data, from) => {
	const { post, wishes, said, embedder } = open();
	said();
	post(data, from);
	embedder.tell(state);

	expect(wishes).toEqual([]);
	expect(said()).toEqual([]);
});

it('given a page that is in no frame, when it is there, then it talks to nobody', () => {
	const { post, wishes, told, embedder } = open({ isFramed: false });
	post({ type: 'roost:leave' });
	embedder.tell(state);

	expect({ wishes, told }).toEqual({ wishes: [], told: [] });
});

it('given a frame that is done, when somebody speaks to it, then nobody hears it', () => {
	const { post, wishes, embedder } = open();
	embedder.stop();
	post({ type: 'roost:leave' });

	expect(wishes).toEqual([]);
});
