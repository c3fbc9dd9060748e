import { hideAfterMs, hidesByItself, tapToggles, type Circumstances } from './controls-hiding.ts';

type Known = Omit<Circumstances, 'isByTouch' | 'isFocusInside' | 'isByKeyboard'>;

/** Whether header and controls are in sight. To be made while the component starts: it lives as long as that. */
export class ControlsSight {
	isHidden = $state(false);
	#isFocusInside = $state(false);
	#isByKeyboard = $state(false);
	/** Counts what a person does: each begins the waiting anew. */
	#inputs = $state(0);
	readonly #given: () => Known;

	/** @param root holds them, and all that is around them */
	constructor(root: () => HTMLElement | undefined, given: () => Known) {
		this.#given = given;
		// watches what a person does, and with what
		$effect(() => {
			const element = root();
			if (!element) return;
			const listening = new AbortController();
			const { signal } = listening;
			const isControl = (target: EventTarget | null) =>
				target instanceof Element &&
				target.closest('[data-region="header"], [data-region="toolbar"]') !== null;
			const touch = (isByKeyboard: boolean) => () => {
				this.#isByKeyboard = isByKeyboard;
				this.#inputs += 1;
			};
			window.addEventListener('keydown', touch(true), { signal });
			window.addEventListener('pointerdown', touch(false), { signal, capture: true });
			const move = ({ pointerType }: PointerEvent) => {
				if (pointerType === 'touch') return;
				this.#inputs += 1;
				if (this.isHidden) this.isHidden = false;
			};
			window.addEventListener('pointermove', move, { signal });
			const focus = () => (this.#isFocusInside = isControl(document.activeElement) && this.#isByKeyboard);
			element.addEventListener('focusin', focus, { signal });
			// what had the focus may be going away just now, in the middle of an update
			element.addEventListener('focusout', () => queueMicrotask(focus), { signal });
			return () => listening.abort();
		});
		// brings them back when they are needed, and sends them away when nothing happens for a while
		$effect(() => {
			const now = this.#circumstances;
			if (!tapToggles(now)) this.isHidden = false;
			if (this.#inputs < 0 || this.isHidden || !hidesByItself(now)) return;
			const timer = setTimeout(() => (this.isHidden = true), hideAfterMs);
			return () => clearTimeout(timer);
		});
	}

	get #circumstances(): Circumstances {
		return {
			...this.#given(),
			isByTouch: matchMedia('(pointer: coarse)').matches,
			isFocusInside: this.#isFocusInside,
			isByKeyboard: this.#isByKeyboard
		};
	}

	/** A finger touched the stage. */
	tap(): void {
		if (tapToggles(this.#circumstances)) this.isHidden = !this.isHidden;
	}
}
