import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parseCallPeers } from './call.ts';
import { parseCapabilities } from './capabilities.ts';
import { parseChatMessage, parseChatMessages } from './chat-message.ts';
import { parseClientFrame } from './client-frame.ts';
import { errorKeyword, parseOcs } from './ocs.ts';
import { parseChannelMessage, parseControlMessage, parsePeerMessage } from './peer-message.ts';
import { parseRoom, parseRoomConflict } from './room.ts';
import { parseSignalingEvent } from './signaling-event.ts';
import { parseSignalingSettings } from './signaling-settings.ts';
import { parseServerFrame } from './signaling.ts';

const parsers = {
	parseCallPeers,
	parseCapabilities,
	parseChannelMessage,
	parseChatMessage,
	parseChatMessages,
	parseClientFrame,
	parseControlMessage,
	parseOcs,
	parsePeerMessage,
	parseRoom,
	parseRoomConflict,
	parseServerFrame,
	parseSignalingEvent,
	parseSignalingSettings,
	errorKeyword
};

/** Words that lead a random value past the first test of a parser. */
const word = fc.constantFrom(
	'type',
	'hello',
	'room',
	'message',
	'control',
	'event',
	'target',
	'participants',
	'update',
	'users',
	'join',
	'error',
	'offer',
	'payload',
	'candidate',
	'sid',
	'action',
	'forceMute',
	'ocs',
	'meta',
	'data',
	'token',
	'demo',
	'__proto__',
	'transient',
	'set'
);
const nearMiss = fc.letrec((tie) => ({
	value: fc.oneof(
		{ maxDepth: 6 },
		word,
		fc.jsonValue(),
		fc.dictionary(word, tie('value')),
		fc.array(tie('value'), { maxLength: 3 })
	)
})).value;

describe('every parser', () => {
	for (const [name, parse] of Object.entries(parsers)) {
		it(`given any JSON, when ${name} reads it, then it answers or throws a ValiError`, () => {
			const property = fc.property(fc.oneof(fc.jsonValue(), nearMiss), (raw) => {
				try {
					parse(raw);
				} catch (error) {
					expect(error).toBeInstanceOf(v.ValiError);
				}
			});

			fc.assert(property, { seed: 20_26, numRuns: 300 });
		});
	}
});
