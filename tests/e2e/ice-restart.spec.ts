import { expect, test, type Guest } from '../support/guest.ts';
import { receivedMedia } from '../support/media-probe.ts';
import { createCut } from '../support/roost-server.ts';
import { createUdpPath, type SaidDescription, type UdpPath } from '../support/udp-path.ts';

/** Before this a lost path counts as lost for good: 6 s until the browser notices, then 30 s of patience. */
const backWithinMs = 30_000;

test.setTimeout(180_000);

type Caller = Guest & { said: readonly SaidDescription[] };

/** Two who see and hear each other, by nothing but the path. */
async function openPair(
	open: (
		name: string,
		options: { args: string[]; at?: string; prepare: (page: Guest['page']) => Promise<void> }
	) => Promise<Guest>,
	path: UdpPath,
	at?: string
): Promise<[Caller, Caller]> {
	const openOne = async (name: string): Promise<Caller> => {
		let said: SaidDescription[] = [];
		const prepare = async (page: Guest['page']) => void (said = await path.route(page));
		const guest = await open(name, { args: [], prepare, ...(at === undefined ? {} : { at }) });
		return { ...guest, said };
	};
	const pair: [Caller, Caller] = [await openOne('Ann'), await openOne('Ben')];
	for (const guest of pair) await guest.join();
	for (const guest of pair) await guest.expectMedia();
	expect(path.packets()).toBeGreaterThan(100);
	return pair;
}

const framesDecoded = async ({ page }: Guest) => (await receivedMedia(page)).framesDecoded;
const reconnecting = /, reconnecting/;

/** After a cut: nothing comes through any more, both notice, and one asks for a new way under the same call id. */
async function expectRestart(
	[ann, ben]: [Caller, Caller],
	cutAt: number,
	known: ReadonlySet<string>
): Promise<void> {
	await expect(ann.tile('Ben')).toHaveAccessibleName(reconnecting, { timeout: backWithinMs });
	await expect(ben.tile('Ann')).toHaveAccessibleName(reconnecting, { timeout: backWithinMs });
	const frozen = await Promise.all([ann, ben].map(framesDecoded));

	const offered = () => [...ann.said, ...ben.said].filter(({ at, type }) => at > cutAt && type === 'offer');
	await expect.poll(() => offered().length, { timeout: backWithinMs }).toBeGreaterThan(0);
	for (const [index, guest] of [ann, ben].entries()) {
		await expect
			.poll(() => framesDecoded(guest), { message: `${guest.name} sees again`, timeout: backWithinMs })
			.toBeGreaterThan((frozen[index] ?? 0) + 10);
	}
	console.log(
		`new path: offered ${(offered()[0]?.at ?? 0) - cutAt} ms after the cut, pictures back after ${Date.now() - cutAt} ms`
	);
	for (const { ufrag } of offered()) expect(known).not.toContain(ufrag);
}

const ufragsOf = (guests: readonly Caller[]) =>
	new Set(guests.flatMap(({ said }) => said.map(({ ufrag }) => ufrag)));

/** The very same connection of the very same call, and nobody was shown anything else meanwhile. */
async function expectSameCall(pair: [Caller, Caller]): Promise<void> {
	for (const guest of pair) {
		await guest.expectMedia();
		expect((await receivedMedia(guest.page)).connections).toEqual({ open: 1, closed: 0 });
	}
	const [ann, ben] = pair;
	expect(new Set([...ann.said, ...ben.said].map(({ callId }) => callId)).size).toBe(1);
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(reconnecting);
	await expect(ben.tile('Ann')).not.toHaveAccessibleName(reconnecting);
}

test('given a call of two, when the network path is cut and there is another, twice, then the same connection goes on over it', async ({
	openGuest
}) => {
	const path = createUdpPath();
	const pair = await openPair(openGuest, path);
	const screens = await Promise.all(pair.map(({ controls }) => controls.elementHandle()));

	for (const cut of ['first', 'second']) {
		console.log(`${cut} cut`);
		const known = ufragsOf(pair);
		path.cut();

		await expectRestart(pair, Date.now(), known);
		await expectSameCall(pair);
	}

	for (const screen of screens) expect(await screen.evaluate((element) => element.isConnected)).toBe(true);
	path.close();
});

test('given a call of two, when path and server are lost at once and both come back, then the same connection goes on', async ({
	roost,
	openGuest
}) => {
	const path = createUdpPath();
	const wire = await createCut(roost.port);
	const pair = await openPair(openGuest, path, wire.url);
	const known = ufragsOf(pair);

	path.cut();
	wire.cut();
	const cutAt = Date.now();
	const [ann, ben] = pair;
	await expect(ann.tile('Ben')).toHaveAccessibleName(reconnecting, { timeout: backWithinMs });
	await expect(ben.tile('Ann')).toHaveAccessibleName(reconnecting, { timeout: backWithinMs });
	wire.restore();

	await expectRestart(pair, cutAt, known);
	await expectSameCall(pair);
	await wire.close();
	path.close();
});
