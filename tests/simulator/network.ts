import { FakeNetwork } from '../support/fake-network.ts';
import type { FakePeerConnection } from '../support/fake-peer-connection.ts';

/** Browsers notice a silent path after about this long … */
const silentMs = 5_000;
/** … and give it up this much later; a path that never worked as well. */
const deadMs = 15_000;

/** Everything that waits in microtasks has happened. */
const microtasks = (): Promise<void> => new Promise((settle) => setImmediate(settle));

/**
 * A fake network whose turns are counted: it knows when nothing is left to do, so that settling is cheap, and it can
 * stop half-way, so that a signal arrives while a description is being set. Paths can be cut, and ends whose other end
 * is gone notice it as in a browser, by the simulated clock.
 */
export class TurnNetwork extends FakeNetwork {
	readonly #tasks: (() => void)[] = [];
	/** Since when nothing comes through, by connection. */
	readonly #silentSince = new Map<FakePeerConnection, number>();
	readonly #now: () => number;
	/** Those whose machine sleeps: nothing gets through, and they notice nothing. */
	readonly asleep = new Set<FakePeerConnection>();

	constructor(now: () => number) {
		super();
		this.#now = now;
	}

	override schedule = (task: () => void): void => void this.#tasks.push(task);
	override turn = (): Promise<void> => new Promise((settle) => this.#tasks.push(settle));

	/** @param turns how far to go; Infinity: until nothing is left to do. @throws when that never comes */
	async settle(turns = Infinity): Promise<void> {
		for (let turn = 0; turn < turns; turn += 1) {
			await microtasks();
			if (this.#tasks.length === 0) return;
			if (turn > 2_000) throw new Error('the connections never come to rest');
			for (const task of this.#tasks.splice(0)) task();
		}
		await microtasks();
	}

	/** No path lets anything through any more. */
	cut(): void {
		this.isDown = true;
	}

	/** Paths work again. What had failed needs a restart all the same. */
	mend(): void {
		this.isDown = false;
		this.expire();
		this.review();
	}

	/** Every path fails at once, as when an interface goes. @returns whether both ends of each of them noticed */
	fail(): boolean {
		const paths = this.connections.filter(({ isConnected }) => isConnected);
		const areWhole = paths.every((connection) => this.otherOf(connection)?.isConnected === true);
		for (const connection of paths) connection.failIce();
		return areWhole && !this.isDown;
	}

	/** When the next connection would notice something; Infinity: none. */
	get nextExpiry(): number {
		this.#look();
		let next = Infinity;
		for (const [{ iceConnectionState }, since] of this.#silentSince) {
			next = Math.min(next, since + (iceConnectionState === 'connected' ? silentMs : silentMs + deadMs));
		}
		return next;
	}

	/** Lets the connections notice what is due. */
	expire(): void {
		this.#look();
		for (const [connection, since] of this.#silentSince) {
			const forMs = this.#now() - since;
			if (forMs >= silentMs && connection.isConnected) connection.dropIce();
			if (forMs >= silentMs + deadMs) {
				this.#silentSince.delete(connection);
				connection.failIce();
			}
		}
	}

	#look(): void {
		for (const connection of this.connections) {
			const { iceConnectionState: state, isClosed } = connection;
			const isWatched =
				!isClosed && (state === 'connected' || state === 'checking' || state === 'disconnected');
			const other = isWatched ? this.otherOf(connection) : undefined;
			// an end that has given up while the other slept does not answer any more
			const isDown =
				this.isDown ||
				(other !== undefined && (this.asleep.has(other) || other.iceConnectionState === 'failed'));
			const isThrough = other !== undefined && !isDown && state !== 'checking';
			if (!isWatched || this.asleep.has(connection)) this.#silentSince.delete(connection);
			else if (!isThrough) {
				if (!this.#silentSince.has(connection)) this.#silentSince.set(connection, this.#now());
				// the other end kept the path: one answer is enough
				if (!isDown && state === 'checking' && other?.isConnected === true) connection.finishChecking();
			} else {
				this.#silentSince.delete(connection);
				if (state === 'disconnected' && other.iceConnectionState !== 'failed') connection.recoverIce();
			}
		}
	}
}
