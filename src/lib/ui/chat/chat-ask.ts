import type { ChatRequest } from '$lib/domain/chat/chat-requests.ts';

/** What a person wants of messages that are there, beside reading on and sending. */
export type ChatAsk = (
	wish:
		| { type: 'REQUEST'; request: ChatRequest }
		| { type: 'RETRY_REQUEST' | 'DROP_REQUEST'; key: string }
		| { type: 'DISCARD'; referenceId: string }
		| { type: 'SEEK'; messageId: number }
) => void;
