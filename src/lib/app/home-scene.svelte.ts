import type { OngoingCallView } from '../domain/store/ongoing-calls-view.ts';
import type { RecentRoom } from '../domain/store/ongoing-call.ts';
import type { RoomToken } from '../protocol/ids.ts';
import type { Roost } from './create-roost.ts';
import type { OngoingCalls } from './ongoing-calls.svelte.ts';

const refreshMs = 60_000;
/** The newest rooms: the server is asked about these beside the calls that are remembered. */
const watchedMax = 5;

/** The home page's lists: what this browser remembers, and in which of these rooms a call runs now. */
export class HomeScene {
	readonly #roost: Roost;
	recent: readonly RecentRoom[] | null = $state.raw(null);
	#calls: OngoingCalls | null = $state.raw(null);
	readonly ongoing: readonly (OngoingCallView & { peopleCount: null })[] = $derived(
		this.#calls?.rows.map((row) => ({ ...row, peopleCount: null })) ?? []
	);
	/** The call that a person goes back into, once the way is free. */
	readonly claimed: RoomToken | null = $derived(this.#calls?.claimed ?? null);
	canCreate = $state(false);
	isCreating = $state(false);

	constructor(roost: Roost) {
		this.#roost = roost;
	}

	/** Reads the lists and keeps them fresh while the page is seen. @returns ends it */
	start(page: Document): () => void {
		let isGone = false;
		void this.#begin().then((calls) => {
			if (isGone) calls?.stop();
			else this.#calls = calls;
		});
		const refresh = () => {
			if (page.visibilityState === 'visible') this.#calls?.refresh(this.#watched());
		};
		const timer = setInterval(refresh, refreshMs);
		page.addEventListener('visibilitychange', refresh);
		page.defaultView?.addEventListener('focus', refresh);
		return () => {
			clearInterval(timer);
			page.removeEventListener('visibilitychange', refresh);
			page.defaultView?.removeEventListener('focus', refresh);
			isGone = true;
			this.#calls?.stop();
		};
	}

	/** Back into a call that a crash ended. */
	rejoin(token: RoomToken): void {
		this.#calls?.rejoin(token);
	}

	/** @returns the token of a new room, or null when the server refused */
	async create(name: string): Promise<RoomToken | null> {
		this.isCreating = true;
		try {
			return (await this.#roost.rooms.createRoom(name)).token;
		} catch (cause) {
			this.#roost.log.warn('no room was made', cause);
			return null;
		} finally {
			this.isCreating = false;
		}
	}

	async remove(room: RecentRoom): Promise<void> {
		await this.#keep(() => this.#roost.recentRooms.forget(room.account, room.token));
	}
	async clear(): Promise<void> {
		await this.#keep(() => this.#roost.recentRooms.clear());
	}
	async restore(rooms: readonly RecentRoom[]): Promise<void> {
		await this.#keep(() => this.#roost.recentRooms.restore(rooms));
	}

	async #begin(): Promise<OngoingCalls | null> {
		const { rooms, log } = this.#roost;
		void rooms.fetchServerInfo().then(
			({ canCreateRooms }) => (this.canCreate = canCreateRooms),
			(cause: unknown) => log.warn('the server did not say what it offers', cause)
		);
		await this.#read();
		try {
			return await this.#roost.openOngoingCalls(this.#watched());
		} catch (cause) {
			log.warn('a part of the app did not load', cause);
			return null;
		}
	}

	#watched(): RoomToken[] {
		return (this.recent ?? []).slice(0, watchedMax).map(({ token }) => token);
	}

	async #read(): Promise<void> {
		this.recent = await this.#roost.recentRooms.list().catch(() => []);
	}

	async #keep(change: () => Promise<void>): Promise<void> {
		await change().catch((cause: unknown) => this.#roost.log.warn('the list was not stored', cause));
		await this.#read();
	}
}
