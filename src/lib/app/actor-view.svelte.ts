import { createSubscriber } from 'svelte/reactivity';
import type { Actor, ActorRefFrom, AnyActorLogic, SnapshotFrom } from 'xstate';
import { withNextFrame } from './with-next-frame.ts';

/** Lets a route read an actor like any reactive value; subscribed only while something reads it. */
export class ActorView<TLogic extends AnyActorLogic> {
	readonly actor: Actor<TLogic> | ActorRefFrom<TLogic>;
	readonly #track: () => void;
	/** What is read meanwhile, so that all who read it read the same. */
	#shown: { snapshot: SnapshotFrom<TLogic> } | undefined;

	/** @param pace `frame`: an actor that changes many times between two pictures of the page is read once for each */
	constructor(actor: Actor<TLogic> | ActorRefFrom<TLogic>, pace: 'change' | 'frame' = 'change') {
		this.actor = actor;
		this.#track = createSubscriber((update) => {
			const show = () => {
				this.#shown = { snapshot: this.#latest() };
				update();
			};
			let withdraw = () => undefined as void;
			const next = pace === 'change' ? show : () => (withdraw = withNextFrame(show));
			this.#shown = { snapshot: this.#latest() };
			const subscription = (actor as Actor<TLogic>).subscribe({ next, error: show, complete: show });
			return () => {
				withdraw();
				subscription.unsubscribe();
				this.#shown = undefined;
			};
		});
	}

	#latest(): SnapshotFrom<TLogic> {
		return (this.actor as Actor<TLogic>).getSnapshot();
	}

	get snapshot(): SnapshotFrom<TLogic> {
		this.#track();
		return this.#shown === undefined ? this.#latest() : this.#shown.snapshot;
	}
}
