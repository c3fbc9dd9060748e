import type { MemberState } from '../../domain/signaling.ts';
import { parseChannelMessage, type ChannelMessage } from '../../protocol/peer-message.ts';

/**
 * What to say on the data channel of a connection about a state.
 * @returns no text for hands, reactions and screens: other clients hear of those from the signaling server only
 */
export function encodeState(state: MemberState): string[] {
	return messagesFor(state).map((message) => JSON.stringify(message));
}

function messagesFor(state: MemberState): ChannelMessage[] {
	switch (state.kind) {
		case 'microphone':
			return [{ type: state.state === 'on' ? 'audioOn' : 'audioOff' }];
		case 'camera':
			return [{ type: state.state === 'on' ? 'videoOn' : 'videoOff' }];
		case 'speaking':
			return [{ type: state.state === 'on' ? 'speaking' : 'stoppedSpeaking' }];
		case 'name':
			return [{ type: 'nickChanged', payload: state.name }];
		case 'hand':
		case 'reaction':
		case 'screenshare':
			return [];
	}
}

/**
 * Reads one text of a data channel.
 * @returns `undefined` for what is unknown or malformed: the other end is a stranger's browser
 */
export function decodeState(text: string): MemberState | undefined {
	try {
		const message = parseChannelMessage(JSON.parse(text));
		return message && stateOf(message);
	} catch {
		return undefined;
	}
}

function stateOf(message: ChannelMessage): MemberState {
	switch (message.type) {
		case 'audioOn':
			return { kind: 'microphone', state: 'on' };
		case 'audioOff':
			return { kind: 'microphone', state: 'off' };
		case 'videoOn':
			return { kind: 'camera', state: 'on' };
		case 'videoOff':
			return { kind: 'camera', state: 'off' };
		case 'speaking':
			return { kind: 'speaking', state: 'on' };
		case 'stoppedSpeaking':
			return { kind: 'speaking', state: 'off' };
		case 'nickChanged': {
			const { payload } = message;
			return { kind: 'name', name: typeof payload === 'string' ? payload : payload.name };
		}
	}
}
