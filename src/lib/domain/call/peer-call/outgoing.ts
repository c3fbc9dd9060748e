import type { PeerSignal, Purpose, StreamMetadata } from '../../signaling.ts';
import type { PeerCallContext, SendCommand, Unacknowledged } from './context.ts';
import { isNative } from './facts.ts';

/** How the messages of one call are made. */

/** `DistributiveOmit`: leaves the union a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type SignalBody = Without<PeerSignal, 'callId' | 'purpose' | 'partyId' | 'seq'>;

/** Messages that follow set-up and are sent again by themselves; candidates have a queue of their own. */
const resent: ReadonlySet<PeerSignal['kind']> = new Set(['negotiate', 'select_answer', 'metadata']);
/** Messages waited for at once; the oldest is given up for the newest. */
const unacknowledgedMax = 16;

/** What we send, at this moment: the other side learns the mute state with every description. */
export function ownMetadata({ input, lease, muted, ...context }: PeerCallContext): StreamMetadata {
	const described = (streamIds: readonly string[], purpose: Purpose, has: (typeof muted)[]) =>
		streamIds.map((streamId) => [
			streamId,
			{
				purpose,
				audioMuted: has.some(({ audio }) => audio),
				videoMuted: has.some(({ video }) => video)
			}
		]);
	// no track of a kind counts as muted, whatever the choice
	const without = (tracks: { audio?: unknown; video?: unknown } | undefined) => ({
		audio: tracks?.audio === undefined,
		video: tracks?.video === undefined
	});
	return Object.fromEntries([
		...described(context.streamIds, input.purpose, [muted, without(lease?.tracks)]),
		...described(context.screenStreamIds, 'screenshare', [without(lease?.screen)])
	]) as StreamMetadata;
}

/** Both are made by the function above, with their keys in the same order. */
export const isSameMetadata = (one: StreamMetadata | null, other: StreamMetadata): boolean =>
	JSON.stringify(one) === JSON.stringify(other);

/** A message that was sent before, on its way once more: the same to the letter, its number included. */
export const sendingAgain = (
	context: PeerCallContext,
	signal: PeerSignal
): { command: SendCommand; patch: { lastSendId: number } } => {
	const id = context.lastSendId + 1;
	return { command: { type: 'SEND', id, to: context.input.member, signal }, patch: { lastSendId: id } };
};

/**
 * A new message with the next number.
 * @returns the command for the transport, and what the call has to remember with it
 */
export function sending(
	context: PeerCallContext,
	body: SignalBody
): { command: SendCommand; patch: Pick<PeerCallContext, 'lastSendId' | 'nextSeq' | 'unacknowledged'> } {
	const { callId, purpose, partyId } = context.input;
	const signal: PeerSignal = {
		...body,
		callId,
		purpose,
		...(partyId === undefined ? {} : { partyId }),
		...(isNative(context) ? { seq: context.nextSeq } : {})
	};
	const { command, patch } = sendingAgain(context, signal);
	const waiting: Unacknowledged = { sendId: command.id, signal, failures: 0, state: 'sent' };
	return {
		command,
		patch: {
			...patch,
			nextSeq: context.nextSeq + 1,
			unacknowledged: resent.has(signal.kind)
				? [...context.unacknowledged, waiting].slice(-unacknowledgedMax)
				: context.unacknowledged
		}
	};
}
