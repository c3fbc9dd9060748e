import type { Size } from './tile-layout.ts';
import { canPan, fitted, levelOf, panned, scaleOf, zoomedTo, zoomStep, type Zoom } from './zoom.ts';

const keyStep = 64;
const arrows: Readonly<Record<string, readonly [x: number, y: number]>> = {
	ArrowLeft: [1, 0],
	ArrowRight: [-1, 0],
	ArrowUp: [0, 1],
	ArrowDown: [0, -1]
};

/** Looking closer at a shared screen: by wheel, pinch, drag and keys; the buttons call the same methods. */
export class ScreenZoom {
	#zoom: Zoom = $state.raw(fitted);
	readonly #size: () => { picture: Size; tile: Size } | null;

	/** @param size null: there is no picture to zoom */
	constructor(size: () => { picture: Size; tile: Size } | null) {
		this.#size = size;
	}

	get #sizes(): [picture: Size, tile: Size] | null {
		const size = this.#size();
		return size === null ? null : [size.picture, size.tile];
	}
	get isFitted(): boolean {
		return this.#zoom.level === null;
	}
	/** Pixels for one of the screen. */
	get level(): number {
		return this.#sizes === null ? 1 : levelOf(this.#zoom, ...this.#sizes);
	}
	/** Whether there is more of it than the tile shows. */
	get canPan(): boolean {
		return this.#sizes !== null && canPan(this.#zoom, ...this.#sizes);
	}
	/** Moving and enlarging are left to the compositor. */
	get transform(): string | undefined {
		if (this.#sizes === null || this.isFitted) return undefined;
		return `translate(${this.#zoom.x}px, ${this.#zoom.y}px) scale(${scaleOf(this.#zoom, ...this.#sizes)})`;
	}

	fit(): void {
		this.#zoom = fitted;
	}
	/** One pixel for one. */
	full(): void {
		if (this.#sizes) this.#zoom = zoomedTo(this.#zoom, 1, { x: 0, y: 0 }, ...this.#sizes);
	}
	step(by: -1 | 1): void {
		if (this.#sizes) this.#zoom = zoomStep(this.#zoom, by, ...this.#sizes);
	}
	pan(dx: number, dy: number): void {
		if (this.#sizes) this.#zoom = panned(this.#zoom, dx, dy, ...this.#sizes);
	}
	/** @returns whether the key moved the picture; an arrow shows more of its side */
	press(key: string): boolean {
		const way = Object.hasOwn(arrows, key) ? arrows[key] : undefined;
		if (!way || !this.canPan) return false;
		this.pan(way[0] * keyStep, way[1] * keyStep);
		return true;
	}

	/** What wheel and fingers do on the element that shows the picture. */
	readonly attach = (element: HTMLElement): (() => void) => {
		const listening = new AbortController();
		const { signal } = listening;
		let pointers: readonly { id: number; x: number; y: number }[] = [];
		const without = (id: number) => pointers.filter((pointer) => pointer.id !== id);
		let hasMoved = false;
		const about = (x: number, y: number, by: number) => {
			const box = element.getBoundingClientRect();
			const at = { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
			if (this.#sizes) this.#zoom = zoomedTo(this.#zoom, this.level * by, at, ...this.#sizes);
		};
		const wheel = (event: WheelEvent) => {
			if (!event.ctrlKey || this.#sizes === null) return;
			event.preventDefault();
			about(event.clientX, event.clientY, Math.exp(-event.deltaY / 300));
		};
		const down = ({ pointerId, clientX, clientY }: PointerEvent) => {
			hasMoved = false;
			pointers = [...without(pointerId), { id: pointerId, x: clientX, y: clientY }];
		};
		const move = (event: PointerEvent) => {
			const was = pointers.find(({ id }) => id === event.pointerId);
			if (!was || this.#sizes === null) return;
			const is = { id: event.pointerId, x: event.clientX, y: event.clientY };
			const [other] = without(event.pointerId);
			pointers = [...without(event.pointerId), is];
			hasMoved ||= other !== undefined || this.canPan;
			if (other) {
				const apart = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
				if (apart(was) > 0) about((is.x + other.x) / 2, (is.y + other.y) / 2, apart(is) / apart(was));
			} else if (this.canPan) {
				element.setPointerCapture(event.pointerId);
				this.pan(is.x - was.x, is.y - was.y);
			}
		};
		const up = ({ pointerId }: PointerEvent) => void (pointers = without(pointerId));
		// the press that ends a drag is not a press
		const click = (event: MouseEvent) => {
			if (hasMoved) event.stopPropagation();
		};
		element.addEventListener('click', click, { signal });
		element.addEventListener('wheel', wheel, { signal, passive: false });
		element.addEventListener('pointerdown', down, { signal });
		element.addEventListener('pointermove', move, { signal });
		for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const) {
			element.addEventListener(end, up, { signal });
		}
		return () => listening.abort();
	};
}
