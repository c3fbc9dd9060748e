import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import config from '../../playwright.config.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import {
	liveLocalTracks,
	openDevices,
	pathStates,
	receivedFlows,
	receivedMedia,
	silentEnergy,
	takeClosedConnections
} from '../support/media-probe.ts';

const rounds = 25;
const names = ['Ann', 'Ben', 'Cem', 'Dua'];
const meshWithinMs = 60_000;

const camera = fileURLToPath(new URL('../fixtures/camera-small.y4m', import.meta.url));
const { launchOptions } = config.use ?? {};
test.use({
	launchOptions: {
		...launchOptions,
		// the last one counts
		args: [...(launchOptions?.args ?? []), `--use-file-for-fake-video-capture=${camera}`]
	}
});

/** What a page gets from the others, as far as it is there: pictures on which tiles, sound over how many connections. */
async function received(guest: Guest) {
	const { page } = guest;
	const seen = (await guest.receivedPictures()).filter(({ frames }) => frames > 5);
	const heard = (await receivedFlows(page)).filter(
		({ kind, audioEnergy }) => kind === 'audio' && audioEnergy > silentEnergy
	);
	const { open } = (await receivedMedia(page)).connections;
	return { seen: seen.map(({ tile }) => tile).sort(), heard: heard.length, open };
}

/** Keeps back what the page says from its first offer on, in order, until it is let go. */
async function holdOffers(page: Page) {
	let offered = () => undefined as void;
	let letGo = () => undefined as void;
	const hasOffered = new Promise<void>((settle) => (offered = settle));
	const isReleased = new Promise<void>((settle) => (letGo = settle));
	await page.routeWebSocket(/\/signaling\//, (socket) => {
		const server = socket.connectToServer();
		let queue = Promise.resolve();
		socket.onMessage((message) => {
			if (/"type":"offer","sdp"/.test(message.toString())) {
				offered();
				queue = queue.then(() => isReleased);
			}
			queue = queue.then(() => server.send(message));
		});
	});
	return { hasOffered, release: letGo };
}

/** What a page's own bookkeeping said after each call: see src/lib/app/release-report.ts. */
function followLedger(page: Page) {
	const lines: string[] = [];
	page.on('console', (message) => {
		if (/left open after the call/.test(message.text())) lines.push(message.text());
	});
	return {
		/** How often the page has said anything of it. */
		reports: () => lines.length,
		/** @throws when something was left open */
		everOpened: () => {
			const counts: Record<string, number> = {};
			const line = lines.at(-1) ?? '';
			const opened = /^\[roost\] nothing left open after the call \(opened until now: (.*)\)$/.exec(
				line
			)?.[1];
			if (opened === undefined) throw new Error(`the ledger says: ${line}`);
			for (const [, kind = '', count] of opened.matchAll(/([a-z-]+) (\d+)/g)) counts[kind] = Number(count);
			return counts;
		}
	};
}

/** What the page keeps of a call. */
async function leftOver({ page }: Guest) {
	const { open } = (await receivedMedia(page)).connections;
	return { connections: open, ...(await liveLocalTracks(page)) };
}

test(`given four pages, when all join at the same moment, ${rounds} times, then each time all see and hear all, and nothing stays behind`, async ({
	openGuest
}) => {
	test.setTimeout(600_000);
	const guests: Guest[] = [];
	const ledgers = new Map<Guest, ReturnType<typeof followLedger>>();
	for (const name of names) {
		let ledger: ReturnType<typeof followLedger> | undefined;
		const prepare = async (page: Page) => void (ledger = followLedger(page));
		const guest = await openGuest(name, { prepare });
		guests.push(guest);
		if (ledger) ledgers.set(guest, ledger);
	}
	for (const { page, name } of guests) await page.getByRole('textbox', { name: 'Your name' }).fill(name);

	const tookMs: number[] = [];
	let built = 0;
	for (let round = 1; round <= rounds; round++) {
		const button = round === 1 ? 'Join' : 'Rejoin';
		const pressedAt = Date.now();
		await Promise.all(
			guests.map(({ page }) => page.getByRole('button', { name: button, exact: true }).click())
		);

		await Promise.all(
			guests.map((guest) =>
				expect
					.poll(() => received(guest), {
						message: `round ${round}: what ${guest.name} gets`,
						timeout: meshWithinMs
					})
					.toEqual({ seen: names.filter((name) => name !== guest.name), heard: 3, open: 3 })
			)
		);
		tookMs.push(Date.now() - pressedAt);
		console.log(`round ${round}: ${tookMs.at(-1)} ms`);

		for (const { page, name } of guests) {
			// a path that carries media may still be checked for a better one
			await expect
				.poll(() => pathStates(page), `round ${round}: the paths of ${name}`)
				.toEqual(['succeeded', 'succeeded', 'succeeded']);
		}

		await Promise.all(guests.map((guest) => guest.leave()));
		for (const guest of guests) {
			const { page, name } = guest;
			await expect
				.poll(() => leftOver(guest), `round ${round}: what ${name} keeps`)
				.toEqual({ connections: 0, audio: 0, video: 0 });
			const ledger = ledgers.get(guest);
			await expect
				.poll(() => ledger?.reports(), `round ${round}: what the ledger of ${name} says`)
				.toBe(round);
			// two that count without knowing of each other: the app's ledger, and the wrappers around the browser
			const { closed } = (await receivedMedia(page)).connections;
			const { ever } = await openDevices(page);
			expect(ledger?.everOpened()).toMatchObject({ 'peer-connection': closed, track: ever });
			const gone = await takeClosedConnections(page);
			expect(gone.connections, `round ${round}: connections ${name} had`).toBeGreaterThanOrEqual(3);
			expect(gone.alive, `round ${round}: what lives on in connections ${name} had`).toEqual([]);
		}
	}

	for (const { page } of guests) built += (await receivedMedia(page)).connections.closed;
	const perRound = rounds * names.length * (names.length - 1);
	console.log(
		`${rounds} rounds, slowest ${Math.max(...tookMs)} ms; ${built} connections built for ${perRound} ends`
	);
});

for (const first of ['earlier', 'later'] as const) {
	test(`given two pages that do not hear each other's offers until both have offered, when the ${first} comes first, then one connection survives`, async ({
		openGuest
	}) => {
		test.setTimeout(240_000);
		const holds: Awaited<ReturnType<typeof holdOffers>>[] = [];
		const guests: Guest[] = [];
		for (const name of ['Ann', 'Ben']) {
			const prepare = async (page: Page) => void holds.push(await holdOffers(page));
			guests.push(await openGuest(name, { prepare }));
		}
		await Promise.all(guests.map((guest) => guest.join()));
		const offering = holds.map(async ({ hasOffered }, index) => hasOffered.then(() => index));
		const earlier = await Promise.race(offering);

		await Promise.all(offering);
		const order = first === 'earlier' ? [earlier, 1 - earlier] : [1 - earlier, earlier];
		for (const index of order) holds[index]?.release();

		const releasedAt = Date.now();
		for (const guest of guests) {
			await expect
				.poll(() => received(guest), { message: `what ${guest.name} gets`, timeout: meshWithinMs })
				.toEqual({ seen: [guest.name === 'Ann' ? 'Ben' : 'Ann'], heard: 1, open: 1 });
		}
		console.log(`glare: both see and hear ${Date.now() - releasedAt} ms after both offers were let go`);
		for (const guest of guests) await guest.expectMedia();
		await Promise.all(guests.map((guest) => guest.leave()));
		for (const guest of guests) {
			await expect.poll(() => leftOver(guest)).toEqual({ connections: 0, audio: 0, video: 0 });
		}
	});
}
