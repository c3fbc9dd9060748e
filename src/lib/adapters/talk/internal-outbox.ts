import type { SentItem, SendSignalsBody } from '../../protocol/internal-signaling.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { limits } from '../../protocol/limits.ts';
import { talkPath, type Ocs } from './http/ocs-request.ts';

/** Messages in one request: together they stay far below the largest body that servers take. */
const batch = { messages: 50, characters: 200_000 };
/** So many wait for an answer that does not come; what is said beyond is lost. */
const waitingMax = 500;

/** What one session says, in order: one request at a time, and what failed is said again, once there is a way. */
export interface Outbox {
	add(message: { to: SessionId; type: string }): void;
	/** There is a way to the server. @param onFailure it is lost, or the server does not want to hear us now */
	open(onFailure: () => void): void;
	/** What is said from now on waits. */
	close(): void;
}

interface OutboxEdges {
	ocs: Ocs;
	token: RoomToken;
	session: SessionId;
	count: (reason: string) => void;
}

/**
 * The first message leaves at once; those that come while a request is under way go together in the next. So nothing
 * waits for a clock, and a burst of candidates makes few requests.
 */
export function createOutbox({ ocs, token, session, count }: OutboxEdges): Outbox {
	/** Each as it travels inside a request. */
	const waiting: { type: string; item: SentItem }[] = [];
	let isSending = false;
	let isPlanned = false;
	let failed: (() => void) | undefined;

	/** What is said in one go leaves in one request. */
	const plan = () => {
		if (isPlanned || isSending || !failed || waiting.length === 0) return;
		isPlanned = true;
		queueMicrotask(() => {
			isPlanned = false;
			if (failed) void send();
		});
	};

	async function send(): Promise<void> {
		const next = nextBatch(waiting);
		isSending = true;
		const outcome = await deliver(next.map(({ item }) => item));
		isSending = false;
		if (outcome === 'refused') for (const { type } of next) count(`unsent.refused: ${type}`);
		if (outcome !== 'later') waiting.splice(0, next.length);
		if (outcome === 'later') failed?.();
		else plan();
	}

	async function deliver(items: SentItem[]): Promise<'taken' | 'refused' | 'later'> {
		try {
			const { status } = await ocs.exchange({
				what: 'send signaling messages',
				method: 'POST',
				path: talkPath(`v3/signaling/${token}`),
				body: { messages: JSON.stringify(items) } satisfies SendSignalsBody
			});
			if (status >= 200 && status < 300) return 'taken';
			return neverTaken.has(status) ? 'refused' : 'later';
		} catch {
			return 'later';
		}
	}

	return {
		add: (message) => {
			const fn = JSON.stringify(message);
			if (fn.length > limits.frameBytes) return count(`unsent.too-long: ${message.type}`);
			if (waiting.length >= waitingMax) return count(`unsent.too-many: ${message.type}`);
			waiting.push({ type: message.type, item: { ev: 'message', fn, sessionId: session } });
			plan();
		},
		open: (onFailure) => {
			failed = onFailure;
			plan();
		},
		close: () => {
			failed = undefined;
		}
	};
}

/** What will not be taken however often it is said: it would be in the way of everything after it. */
const neverTaken: ReadonlySet<number> = new Set([413, 414, 415, 422]);

function nextBatch<Waiting extends { item: SentItem }>(waiting: readonly Waiting[]): Waiting[] {
	let characters = 0;
	const end = waiting.findIndex(({ item }, index) => {
		characters += item.fn.length;
		return index > 0 && (index >= batch.messages || characters > batch.characters);
	});
	return waiting.slice(0, end < 0 ? waiting.length : end);
}
