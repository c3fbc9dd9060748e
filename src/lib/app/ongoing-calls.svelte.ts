import { createActor, type Actor } from 'xstate';
import { createTabChannels } from '../adapters/storage/tab-channel.ts';
import { createCallList } from '../adapters/talk/call-list.ts';
import { createCallApi } from '../adapters/talk/http/call-api.ts';
import { createOcs } from '../adapters/talk/http/ocs-request.ts';
import { createRoomApi } from '../adapters/talk/http/room-api.ts';
import { ongoingCallsMachine } from '../domain/store/ongoing-calls-machine.ts';
import { ongoingCallsView, type OngoingCallView } from '../domain/store/ongoing-calls-view.ts';
import type { RoomToken } from '../protocol/ids.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { Roost } from './create-roost.ts';

/** The calls that may be going on, as a page sees them. It comes after the page: nothing in it is waited for. */
export class OngoingCalls {
	readonly #actor: Actor<typeof ongoingCallsMachine>;
	readonly #calls: ActorView<typeof ongoingCallsMachine>;

	constructor(roost: Roost, browser: Window & typeof globalThis, watched: readonly RoomToken[]) {
		this.#actor = createActor(ongoingCallsMachine, {
			input: {
				account: roost.account,
				tabId: roost.tabId,
				watched,
				ports: {
					store: roost.ongoingCalls,
					listCalls: createCallList(roost.rooms),
					// the server knows a tab by its id: in the name of the one that crashed
					leaveFor: async ({ token, tabId }) => {
						const ocs = createOcs({ ...roost.ocsEdges, tabId });
						await createCallApi(ocs)
							.leaveCall(token, { keepalive: true })
							.catch(() => undefined);
						await createRoomApi(ocs).leaveRoom(token, { keepalive: true });
					},
					openTabs: createTabChannels(
						'BroadcastChannel' in browser ? (name) => new browser.BroadcastChannel(name) : undefined
					),
					now: () => Date.now(),
					warn: roost.log.warn
				}
			}
		});
		this.#calls = new ActorView<typeof ongoingCallsMachine>(this.#actor);
		this.#actor.start();
	}

	readonly rows: OngoingCallView[] = $derived.by(() =>
		ongoingCallsView(this.#calls.snapshot.context, Date.now())
	);
	/** The room that a person goes back into, once the way is free. */
	readonly claimed: RoomToken | null = $derived.by(() => {
		const snapshot = this.#calls.snapshot;
		return snapshot.matches({ rejoin: 'claimed' }) ? (snapshot.context.rejoining?.token ?? null) : null;
	});

	refresh(watched: readonly RoomToken[]): void {
		this.#actor.send({ type: 'REFRESH', watched });
	}
	rejoin(token: RoomToken): void {
		this.#actor.send({ type: 'REJOIN', token });
	}
	stop(): void {
		this.#actor.stop();
	}
}
