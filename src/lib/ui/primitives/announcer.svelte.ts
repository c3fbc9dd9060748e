import { getContext, setContext } from 'svelte';

/** `answer`: politely as well, and whatever a person chose to hear: it confirms what they did, or asked for. */
type Urgency = 'polite' | 'assertive' | 'answer';
/** Says something to people who use a screen reader; the same words within 2 s are said once. */
export type Announce = (words: string, urgency?: Urgency) => void;

const gapMs = 500;
const sameWithinMs = 2000;
/** So long words stay: who reads the page by hand later finds nothing there that is no longer so. */
const staysMs = 5000;

/** One live region: what it says now, and what waits. */
class Region {
	/** `count` makes the same words, said again later, a change that readers notice. */
	spoken = $state.raw({ words: '', count: 0 });
	#waiting: string[] = [];
	#timer: ReturnType<typeof setTimeout> | undefined;
	#emptying: ReturnType<typeof setTimeout> | undefined;
	readonly #said = new Map<string, number>();

	say(words: string): void {
		const now = performance.now();
		if (now - (this.#said.get(words) ?? -sameWithinMs) < sameWithinMs) return;
		for (const [old, at] of this.#said) if (now - at >= sameWithinMs) this.#said.delete(old);
		this.#said.set(words, now);
		this.#waiting.push(words);
		if (this.#timer === undefined) this.#next();
	}

	#next(): void {
		const words = this.#waiting.shift();
		this.#timer = words === undefined ? undefined : setTimeout(() => this.#next(), gapMs);
		if (words === undefined) return;
		this.spoken = { words, count: this.spoken.count + 1 };
		clearTimeout(this.#emptying);
		this.#emptying = setTimeout(() => (this.spoken = { ...this.spoken, words: '' }), staysMs);
	}

	stop(): void {
		clearTimeout(this.#timer);
		clearTimeout(this.#emptying);
		this.#timer = undefined;
		this.#waiting = [];
	}
}

/** The two live regions of the page and their queues. */
export class AnnouncerState {
	readonly polite = new Region();
	readonly assertive = new Region();

	/** What is said unasked. */
	heard: 'all' | 'important' | 'none' = 'all';

	readonly announce: Announce = (words, urgency = 'polite') => {
		const isUnwanted =
			(urgency === 'polite' && this.heard !== 'all') || (urgency === 'assertive' && this.heard === 'none');
		if (!isUnwanted) this[urgency === 'assertive' ? 'assertive' : 'polite'].say(words);
	};

	stop(): void {
		this.polite.stop();
		this.assertive.stop();
	}
}

const key = Symbol('announcer');
const silent: Announce = () => undefined;

/** To be called once, by the outermost layout; give the result to `Announcer`. */
export const provideAnnouncer = (): AnnouncerState => setContext(key, new AnnouncerState());

/** Call it while a component starts, for regions of its own; without a provider there is none. */
export const useAnnouncer = (): AnnouncerState | undefined => getContext(key);

/** Call it while a component starts. Without a provider, as in a test of one component, nothing is said. */
export const useAnnounce = (): Announce => useAnnouncer()?.announce ?? silent;
