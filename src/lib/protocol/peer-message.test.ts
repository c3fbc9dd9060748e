import { expect, it } from 'vitest';
import { parseChannelMessage, parseControlMessage, parsePeerMessage } from './peer-message.ts';

it('given an offer, when it is read, then everything needed to answer it is there', () => {
	const offer = { type: 'offer', sid: '17', roomType: 'video', payload: { type: 'offer', sdp: 'v=0' } };

	expect(parsePeerMessage(offer)).toEqual(offer);
});

it('given a number for a call id, when a message is read, then it is text', () => {
	expect(parsePeerMessage({ type: 'endOfCandidates', sid: 17 })).toEqual({
		type: 'endOfCandidates',
		sid: '17',
		roomType: 'video'
	});
});

it('given a candidate that is nested once instead of twice, when it is read, then that is an error', () => {
	expect(() => parsePeerMessage({ type: 'candidate', payload: { candidate: 'candidate:1' } })).toThrow();
});

it('given an answer that calls itself an offer inside, when it is read, then that is an error', () => {
	expect(() => parsePeerMessage({ type: 'answer', sid: '1', payload: { type: 'offer', sdp: '' } })).toThrow();
});

it('given a forceMute as a plain message, when it is read, then it is not known there', () => {
	expect(
		parsePeerMessage({ type: 'control', payload: { action: 'forceMute', peerId: 'x' } })
	).toBeUndefined();
	expect(parseControlMessage({ action: 'forceMute', peerId: 'x' })).toEqual({
		action: 'forceMute',
		peerId: 'x'
	});
	expect(parseControlMessage({ type: 'hangup' })).toBeUndefined();
});

it('given a name on the data channel, when it is read, then both of its forms are taken', () => {
	expect(parseChannelMessage({ type: 'nickChanged', payload: 'Ann' })).toMatchObject({ payload: 'Ann' });
	expect(parseChannelMessage({ type: 'nickChanged', payload: { name: 'Ann' } })).toMatchObject({
		payload: { name: 'Ann' }
	});
	expect(parseChannelMessage({ type: 'somethingNew' })).toBeUndefined();
});
