import { nextRow } from '../domain/store/next-row.ts';
import type { OngoingCall, RecentRoom } from '../domain/store/ongoing-call.ts';
import { errorCodeOf } from '../domain/errors.ts';
import type { RoomToken } from '../protocol/ids.ts';
import type { Roost } from './create-roost.ts';

const refreshMs = 60_000;
/** Rooms asked about at once: more would be a burst for a list nobody scrolls. */
const askedMax = 5;
/** Rows that nobody confirmed for a day say nothing any more. */
const staleMs = 24 * 60 * 60_000;
/** How long a call is likely to go on after the server last said so. */
const likelyMs = 10 * 60_000;

/** The home page's lists: what this browser remembers, and in which of these rooms a call runs now. */
export class HomeScene {
	readonly #roost: Roost;
	recent: readonly RecentRoom[] | null = $state.raw(null);
	ongoing: readonly {
		token: RoomToken;
		roomName: string;
		peopleCount: number | null;
		startedAt: number | null;
	}[] = $state.raw([]);
	canCreate = $state(false);
	isCreating = $state(false);

	constructor(roost: Roost) {
		this.#roost = roost;
	}

	/** Reads the lists and keeps them fresh while the page is seen. @returns ends it */
	start(page: Document): () => void {
		void this.#begin();
		const refresh = () => {
			if (page.visibilityState === 'visible') void this.#askServer();
		};
		const timer = setInterval(refresh, refreshMs);
		page.addEventListener('visibilitychange', refresh);
		return () => {
			clearInterval(timer);
			page.removeEventListener('visibilitychange', refresh);
		};
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

	async #begin(): Promise<void> {
		const { rooms, ongoingCalls, account, log } = this.#roost;
		await this.#read();
		// what was going on when we last looked is shown at once, and corrected by the server
		const rows = await ongoingCalls.listOngoing(account).catch(() => []);
		this.ongoing = rows.filter(mayStillRun).map(ongoingRow);
		await Promise.all([
			this.#askServer(),
			rooms.fetchServerInfo().then(
				({ canCreateRooms }) => (this.canCreate = canCreateRooms),
				(cause: unknown) => log.warn('the server did not say what it offers', cause)
			)
		]);
		await ongoingCalls.sweep(Date.now() - staleMs).catch(() => undefined);
	}

	async #read(): Promise<void> {
		this.recent = await this.#roost.recentRooms.list().catch(() => []);
	}

	async #keep(change: () => Promise<void>): Promise<void> {
		await change().catch((cause: unknown) => this.#roost.log.warn('the list was not stored', cause));
		await this.#read();
	}

	/** Asks about the newest rooms. A room that the server does not answer for keeps what was known. */
	async #askServer(): Promise<void> {
		const rooms = (this.recent ?? []).slice(0, askedMax);
		const answers = await Promise.all(rooms.map((room) => this.#ask(room)));
		this.ongoing = answers.flatMap((row) => (row === null ? [] : [ongoingRow(row)]));
	}

	/** @returns the row of a call that runs, or null */
	async #ask(room: RecentRoom): Promise<OngoingCall | null> {
		const { rooms, ongoingCalls, account } = this.#roost;
		const key = [account, room.token] as const;
		try {
			const found = await rooms.lookUpRoom(room.token);
			if (!found.hasCall) {
				await ongoingCalls.update(key, () => null);
				return null;
			}
			const fact = {
				fact: 'seen',
				startedAt: found.callStartedAt,
				roomName: found.name,
				kind: 'video'
			} as const;
			let next: OngoingCall | null = null;
			await ongoingCalls.update(key, (row) => {
				next = nextRow(row, fact, { account, token: room.token }, Date.now());
				return next;
			});
			return next;
		} catch (cause) {
			if (errorCodeOf(cause) === 'room.not-found') return null;
			const known = await ongoingCalls.get(key).catch(() => undefined);
			return known !== undefined && mayStillRun(known) ? known : null;
		}
	}
}

/** The server said so a short while ago; what we left ourselves may have ended with us. */
const mayStillRun = ({ server, own, confirmedAt }: OngoingCall) =>
	server === 'active' && own !== 'left' && Date.now() - confirmedAt < likelyMs;

const ongoingRow = (row: OngoingCall) => ({
	token: row.token,
	roomName: row.roomName,
	peopleCount: null,
	startedAt: row.startedAt === 0 ? null : row.startedAt * 1_000
});
