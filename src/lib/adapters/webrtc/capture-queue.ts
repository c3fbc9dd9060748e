import type { CaptureRequest, DeviceKind } from '../../domain/media/capture.ts';

type Signal = { readonly aborted: boolean } | undefined;

interface Turn {
	kinds: ReadonlySet<DeviceKind>;
	signal: Signal;
	settle: (granted: boolean) => void;
}

/** One device request at a time: two prompts at once confuse people, and some browsers. */
interface CaptureQueue {
	/**
	 * Runs `work` once nothing else is running.
	 * @returns undefined, without having run `work`, when a later request asks for all the same kinds, or when the signal
	 * was aborted while waiting. A running request whose signal was aborted no longer holds the others up: the prompt
	 * behind it may never be answered.
	 */
	run<T>(request: CaptureRequest, signal: Signal, work: () => Promise<T>): Promise<T | undefined>;
}

export const kindsOf = ({ microphone, camera }: CaptureRequest): ReadonlySet<DeviceKind> => {
	const kinds = new Set<DeviceKind>();
	if (microphone !== false) kinds.add('microphone');
	if (camera !== false) kinds.add('camera');
	return kinds;
};

export function createCaptureQueue(): CaptureQueue {
	let running: Turn | null = null;
	let waiting: Turn[] = [];

	const startNext = () => {
		while (!running || running.signal?.aborted) {
			const next = waiting.shift();
			if (!next) return;
			if (!next.signal?.aborted) running = next;
			next.settle(!next.signal?.aborted);
		}
	};

	const dropCoveredBy = (kinds: ReadonlySet<DeviceKind>) => {
		const isCovered = (turn: Turn) => [...turn.kinds].every((kind) => kinds.has(kind));
		const dropped = waiting.filter(isCovered);
		waiting = waiting.filter((turn) => !isCovered(turn));
		for (const turn of dropped) turn.settle(false);
	};

	return {
		run: async (request, signal, work) => {
			let own: Turn | undefined;
			const granted = await new Promise<boolean>((settle) => {
				own = { kinds: kindsOf(request), signal, settle };
				dropCoveredBy(own.kinds);
				waiting.push(own);
				startNext();
			});
			if (!granted) return undefined;
			try {
				return await work();
			} finally {
				if (running === own) running = null;
				startNext();
			}
		}
	};
}
