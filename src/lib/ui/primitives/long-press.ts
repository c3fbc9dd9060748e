const holdMs = 500;
/** A finger is never quite still. */
export const slackPx = 10;

/** Tells where one finger stays for half a second; what a press with a mouse or a pen does is left alone. */
export const longPress =
	(onhold: (target: EventTarget | null) => void) =>
	(element: HTMLElement): (() => void) => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		let begun = { x: 0, y: 0 };
		let hasHeld = false;
		const stop = () => {
			clearTimeout(timer);
			timer = undefined;
		};
		const start = ({ pointerType, isPrimary, clientX, clientY, target }: PointerEvent) => {
			stop();
			hasHeld = false;
			if (pointerType !== 'touch' || !isPrimary) return;
			begun = { x: clientX, y: clientY };
			timer = setTimeout(() => {
				hasHeld = true;
				onhold(target);
			}, holdMs);
		};
		const move = ({ clientX, clientY }: PointerEvent) => {
			if (Math.hypot(clientX - begun.x, clientY - begun.y) > slackPx) stop();
		};
		// the menu of the browser comes at the same moment, and a press at the end of it
		const refuse = (event: Event) => {
			if (!hasHeld && timer === undefined) return;
			event.preventDefault();
			if (event.type === 'click') event.stopPropagation();
			if (event.type === 'click') hasHeld = false;
		};
		const handlers = [
			['pointerdown', start],
			['pointermove', move],
			['pointerup', stop],
			['pointercancel', stop],
			['scroll', stop],
			['contextmenu', refuse]
		] as const;
		for (const [type, handler] of handlers) element.addEventListener(type, handler as EventListener);
		element.addEventListener('click', refuse, true);
		return () => {
			stop();
			for (const [type, handler] of handlers) element.removeEventListener(type, handler as EventListener);
			element.removeEventListener('click', refuse, true);
		};
	};
