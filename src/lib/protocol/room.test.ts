import * as v from 'valibot';
import { expect, it } from 'vitest';
import { JoinCallBody, parseCallPeers } from './call.ts';
import { parseCapabilities } from './capabilities.ts';
import { ChatQuery, parseChatMessage, SendChatBody } from './chat-message.ts';
import { limits } from './limits.ts';
import { errorKeyword, parseOcs } from './ocs.ts';
import { CreateRoomBody, GuestNameBody, JoinRoomBody, parseRoom } from './room.ts';
import { parseSignalingSettings } from './signaling-settings.ts';

it('given the skeleton that an old server shows before joining, when it is read, then the rest has defaults', () => {
	const room = parseRoom({ token: 'abcd1234', type: 3, hasPassword: true, lastMessage: [], unknown: 1 });

	expect(room).toMatchObject({ displayName: '', sessionId: '0', hasPassword: true, hasCall: false });
	expect(room).not.toHaveProperty('unknown');
});

it('given an envelope, when it is opened, then code and data come out; a login page does not pass', () => {
	const meta = { status: 'failure', statuscode: 403, message: null };

	expect(parseOcs({ ocs: { meta, data: { error: 'password' } } })).toEqual({
		statusCode: 403,
		message: '',
		data: { error: 'password' }
	});
	expect(() => parseOcs('<html>')).toThrow(v.ValiError);
	expect(errorKeyword({ error: 'password' })).toBe('password');
	expect(errorKeyword([])).toBeUndefined();
});

it('given capabilities with empty arrays for objects, when they are read, then defaults hold', () => {
	const spreed = parseCapabilities({ capabilities: { spreed: { features: ['in-call-flags'], config: [] } } });

	expect(spreed?.config.call.enabled).toBe(true);
	expect(spreed?.config.chat['max-length']).toBe(32_000);
	expect(parseCapabilities({ capabilities: [] })).toBeUndefined();
});

it('given settings of any age, when they are read, then the server is one address', () => {
	const old = { signalingMode: 'external', server: ['wss://a.example', 'wss://b.example'], federation: [] };

	expect(parseSignalingSettings(old)).toMatchObject({ server: 'wss://a.example', helloAuthParams: {} });
	expect(
		parseSignalingSettings({ signalingMode: 'internal', stunservers: [{ urls: 'stun:a' }] }).stunservers
	).toEqual([{ urls: ['stun:a'] }]);
});

it('given bodies from forms and queries, when they are read, then text becomes numbers and flags', () => {
	expect(v.parse(JoinCallBody, { flags: '3', silent: '1' })).toMatchObject({ flags: 3, silent: true });
	expect(v.parse(JoinRoomBody, { force: 'false' })).toEqual({ password: '', force: false });
	expect(v.parse(ChatQuery, { lookIntoFuture: '0', limit: '5000', timeout: '90' })).toMatchObject({
		lookIntoFuture: false,
		limit: 200,
		timeout: 30
	});
});

it('given bodies out of bounds, when they are read, then they are refused', () => {
	for (const flags of [0, -1, 16, 3.5, '', null, {}]) {
		expect(v.is(JoinCallBody, { flags })).toBe(false);
	}
	expect(v.is(GuestNameBody, { displayName: '😀'.repeat(64) })).toBe(true);
	expect(v.is(GuestNameBody, { displayName: '😀'.repeat(65) })).toBe(false);
	expect(v.is(CreateRoomBody, { roomType: 3, roomName: ' ' })).toBe(false);
	expect(v.is(CreateRoomBody, { roomType: 2, roomName: 'Team' })).toBe(false);
	expect(v.is(SendChatBody, { message: 'a'.repeat(limits.chatCharacters) })).toBe(true);
	expect(v.is(SendChatBody, { message: 'a'.repeat(limits.chatCharacters + 1) })).toBe(false);
	expect(v.is(SendChatBody, { message: ' \n ' })).toBe(false);
});

it('given a message with numbers in a rich object, when it is read, then they are text', () => {
	const message = parseChatMessage({
		id: 1,
		actorType: 'guests',
		actorId: 'a',
		timestamp: 2,
		message: '{file}',
		messageParameters: { file: { type: 'file', id: 7, name: 'a.png', size: 12 } },
		reactions: [],
		parent: { id: 5, deleted: true }
	});

	expect(message.messageParameters).toEqual({ file: { type: 'file', id: '7', name: 'a.png', size: '12' } });
	expect(message.reactions).toEqual({});
	expect(message.parent).toEqual({ id: 5, deleted: true });
});

it('given the peers of a call, when they are read, then each has its Nextcloud session id', () => {
	const peer = { actorType: 'guests', actorId: 'a', displayName: 'Ann', token: 'demo', lastPing: 1 };

	expect(parseCallPeers([{ ...peer, sessionId: 's' }])).toHaveLength(1);
	expect(() => parseCallPeers([{ ...peer, sessionId: '' }])).toThrow(v.ValiError);
});
