import { groupCallSetup } from './setup.ts';

/**
 * Tells the server that we are in the call, and says what each answer leads to.
 * @param told where its own word that we are in is waited for
 * @param wait where it is tried once more from
 */
export const announcing = ({ told, wait, silent }: { told: string; wait: string; silent: boolean }) =>
	groupCallSetup.createStateConfig({
		invoke: {
			src: 'joinCall',
			input: ({ context }) => ({ context, silent }),
			onDone: {
				target: told,
				actions: { type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) }
			},
			onError: [
				{
					guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
					// we were in it, and the room may have changed
					target: silent ? '#call.turnedOut' : '#call.removed',
					actions: [{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) }, 'persistLeft']
				},
				{
					guard: { type: 'isSessionLost', params: ({ event }) => ({ error: event.error }) },
					target: wait,
					actions: [
						{ type: 'countFailure', params: ({ event }) => ({ error: event.error }) },
						'renewRoomSession'
					]
				},
				{
					target: wait,
					actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
				}
			]
		}
	});

/** Back at the signaling server: with a new session everything is told to it anew. */
export const backOnline = (again: string) =>
	[
		{
			guard: 'isFreshSession',
			target: again,
			reenter: true,
			actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
		},
		{ actions: ['takeSession', 'tellMembersLink'] }
	] as const;
