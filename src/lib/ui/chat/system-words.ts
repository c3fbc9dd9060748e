import type { ChatMessageView } from '$lib/domain/chat/chat-view.ts';
import type { CallText } from '../messages/call-text.ts';
import type { Written } from './message-parts.ts';

/** What the room says, in our words where we have some, else in the server's. */
export function systemWords(message: ChatMessageView, text: CallText): Written {
	const { keyword, parameters } = message;
	const words: Readonly<Record<string, (actor: string, user: string) => string>> = text.chat.system;
	const say = Object.hasOwn(words, keyword) ? words[keyword] : undefined;
	// what nobody in particular did has no name to put in
	if (!say || !message.text.includes('{actor}') || !Object.hasOwn(parameters, 'actor')) {
		return { text: message.text, parameters, isMarkdown: false };
	}
	// names are isolated where they are shown
	const sentence = say('{actor}', '{user}').replaceAll(/[\u2068\u2069]/g, '');
	return { text: sentence, parameters, isMarkdown: false };
}
