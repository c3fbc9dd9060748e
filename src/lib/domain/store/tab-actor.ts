import { fromCallback } from 'xstate';
import type { OpenTabChannel, TabCall, TabMessage } from './tab-channel.ts';

/** What a machine says to the other tabs. */
export type TabCommand =
	| { type: 'ASK_TAB'; holder: TabCall }
	| { type: 'ANSWER_TAB'; own: TabCall }
	| { type: 'TAKE_OVER_FROM_TAB'; holder: TabCall; by: string }
	| {
			type: 'RELEASE_TO_TAB';
			own: TabCall;
			by: string;
			choice: { microphone: 'on' | 'off'; camera: 'on' | 'off' };
	  };

/** The actor around the way to the other tabs; what they say goes to whoever invoked it. */
export const tabActor = fromCallback<TabCommand, { openTabs: OpenTabChannel }, TabMessage>(
	({ input, receive, sendBack }) => {
		const channel = input.openTabs(sendBack);
		receive((command) => {
			switch (command.type) {
				case 'ASK_TAB':
					return channel.ask(command.holder);
				case 'ANSWER_TAB':
					return channel.answer(command.own);
				case 'TAKE_OVER_FROM_TAB':
					return channel.takeOver(command.holder, command.by);
				case 'RELEASE_TO_TAB':
					return channel.release(command.own, command.by, command.choice);
			}
		});
		return () => channel.close();
	}
);
