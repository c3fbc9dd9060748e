/** Spoken words end later than the finger lifts. */
const tailMs = 200;

/** Space held down: talks while muted, mutes while live. */
export class PushToTalk {
	held: 'talk' | 'mute' | null = $state(null);
	readonly #isOn: () => boolean;
	readonly #toggle: () => void;
	#tail: ReturnType<typeof setTimeout> | undefined;

	constructor(isOn: () => boolean, toggle: () => void) {
		this.#isOn = isOn;
		this.#toggle = toggle;
	}

	press(): void {
		if (this.#tail !== undefined) {
			clearTimeout(this.#tail);
			this.#tail = undefined;
			return;
		}
		if (this.held !== null) return;
		this.held = this.#isOn() ? 'mute' : 'talk';
		this.#toggle();
	}

	release(): void {
		if (this.held === null) return;
		if (this.held === 'mute') return this.#end('on');
		this.#tail = setTimeout(() => this.#end('off'), tailMs);
	}

	/** The microphone was set by other means meanwhile: what is held means nothing any more. */
	forget(): void {
		clearTimeout(this.#tail);
		this.#tail = undefined;
		this.held = null;
	}

	/** The window was left while Space was down, so that its release will not be seen: better muted than heard. */
	leave(): void {
		if (this.held !== null) this.#end('off');
	}

	#end(wanted: 'on' | 'off'): void {
		this.forget();
		if (this.#isOn() !== (wanted === 'on')) this.#toggle();
	}
}
