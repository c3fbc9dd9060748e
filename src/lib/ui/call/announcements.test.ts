import { describe, expect, it } from 'vitest';
import type { CallView, PersonView } from '$lib/domain/call/call-view.ts';
import type { SessionId } from '$lib/protocol/ids.ts';
import { useCallText } from '../messages/call-text.ts';
import { announcementsBetween, wordsOf } from './announcements.ts';

const person = (name: string, change: Partial<PersonView> = {}): PersonView => ({
	memberKey: name as SessionId,
	name,
	microphone: 'on',
	camera: 'on',
	isSharing: false,
	handOrder: null,
	isModerator: false,
	...change
});
const me = person('Me', { memberKey: 'self' });
const toggle = { intent: 'off', isPending: false, blockedBy: null } as const;
const call = (people: PersonView[], change: Partial<CallView> = {}): CallView => ({
	phase: 'joined',
	roomName: 'Room',
	tiles: [],
	people: [...people, me],
	microphone: toggle,
	camera: toggle,
	screen: toggle,
	hand: 'lowered',
	network: 'good',
	lostSince: null,
	joinedAt: 0,
	reactions: [],
	...change
});
/** Without the marks that isolate names. */
const plain = (words: string) => words.replaceAll(/[\u2068\u2069]/g, '');
const said = (before: CallView, after: CallView) =>
	announcementsBetween(before, after).map((announcement) => plain(wordsOf(announcement, useCallText())));

describe('own changes', () => {
	it.each([
		[{ microphone: { ...toggle, intent: 'on' } }, 'Microphone on'],
		[{ camera: { ...toggle, intent: 'on' } }, 'Camera on'],
		[{ screen: { ...toggle, intent: 'on' } }, 'You are sharing your screen'],
		[{ hand: 'raised' }, 'Hand raised']
	] as const)('given %o, when it changes, then it is said at once', (change, words) => {
		const [announcement] = announcementsBetween(call([]), call([], change));
		expect(announcement?.pace).toBe('now');
		expect(said(call([]), call([], change))).toEqual([words]);
		expect(said(call([], change), call([]))).toHaveLength(1);
	});
});

describe('a recording', () => {
	it('given one that starts or stops, then it is said at once, whatever else is being said', () => {
		const [started] = announcementsBetween(call([]), call([], { isRecording: true }));
		expect(started).toMatchObject({ pace: 'now', urgency: 'assertive' });
		expect(said(call([]), call([], { isRecording: true }))).toEqual(['Recording started']);
		expect(said(call([], { isRecording: true }), call([]))).toEqual(['Recording stopped']);
		expect(said(call([], { isRecording: true }), call([], { isRecording: true }))).toEqual([]);
	});
});

describe('others', () => {
	const [ana, bo, cy] = [person('Ana'), person('Bo'), person('Cy')];

	it('given several who join, then they are said together', () => {
		expect(said(call([]), call([ana]))).toEqual(['Ana joined']);
		expect(said(call([]), call([ana, bo]))).toEqual(['Ana and Bo joined']);
		expect(said(call([]), call([ana, bo, cy]))).toEqual(['Ana and 2 others joined']);
		expect(said(call([ana, bo]), call([bo]))).toEqual(['Ana left']);
	});

	it('given one without a name, then a guest is said', () => {
		expect(said(call([]), call([person('', { memberKey: 'x' as SessionId })]))).toEqual(['Guest joined']);
	});

	it('given more than fifteen people, then coming and going is not said, hands are', () => {
		const crowd = Array.from({ length: 15 }, (_, index) => person(`P${index}`));
		const raised = crowd.map((one, index) => (index === 3 ? { ...one, handOrder: 1 } : one));
		expect(said(call(crowd), call([...crowd, ana]))).toEqual([]);
		expect(said(call(crowd), call(raised))).toEqual(['P3 raised a hand']);
	});

	it('given a hand or a share of someone who was here, then it is said; of a newcomer, only the joining', () => {
		expect(said(call([ana]), call([{ ...ana, handOrder: 1, isSharing: true }]))).toEqual([
			'Ana raised a hand',
			'Ana is sharing'
		]);
		expect(said(call([]), call([{ ...ana, handOrder: 1, isSharing: true }]))).toEqual(['Ana joined']);
	});
});

it('given the first view after joining, then those who were there before are not announced', () => {
	expect(said(call([], { phase: 'joining' }), call([person('Ana')]))).toEqual([]);
});

it('given the same view, then nothing is said', () => {
	expect(said(call([me]), call([me]))).toEqual([]);
});
