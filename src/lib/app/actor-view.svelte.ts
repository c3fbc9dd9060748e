import { createSubscriber } from 'svelte/reactivity';
import type { Actor, ActorRefFrom, AnyActorLogic, SnapshotFrom } from 'xstate';

/** Lets a route read an actor like any reactive value; subscribed only while something reads it. */
export class ActorView<TLogic extends AnyActorLogic> {
	readonly actor: Actor<TLogic> | ActorRefFrom<TLogic>;
	readonly #track: () => void;

	constructor(actor: Actor<TLogic> | ActorRefFrom<TLogic>) {
		this.actor = actor;
		this.#track = createSubscriber((update) => {
			const subscription = (actor as Actor<TLogic>).subscribe({
				next: update,
				error: update,
				complete: update
			});
			return () => subscription.unsubscribe();
		});
	}

	get snapshot(): SnapshotFrom<TLogic> {
		this.#track();
		return (this.actor as Actor<TLogic>).getSnapshot();
	}
}
