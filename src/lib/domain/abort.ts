/** As much of an AbortSignal as is needed: the domain knows no DOM. */
export interface Abort {
	readonly aborted: boolean;
	readonly reason?: unknown;
	addEventListener(type: 'abort', listener: () => void): void;
	removeEventListener(type: 'abort', listener: () => void): void;
}
