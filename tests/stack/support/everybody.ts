import { expect, type Guest } from '../../support/guest.ts';
import { silentEnergy } from '../../support/media-probe.ts';

interface Arrived {
	frames: number;
	energy: number;
}

/** Of each tile that shows a camera of somebody else: what was decoded of the connection that brings it. */
const arrivals = ({ participants }: Guest): Promise<Record<string, Arrived>> =>
	participants.getByRole('listitem').evaluateAll(async (tiles) => {
		const found: Record<string, Arrived> = {};
		for (const tile of tiles) {
			const [name = '', mark = ''] = (tile.getAttribute('aria-label') ?? '').split(', ');
			const source = tile.querySelector('video')?.srcObject;
			const [picture] = source instanceof MediaStream ? source.getVideoTracks() : [];
			const connection = [...(globalThis.roostProbe?.open ?? [])].find((open) =>
				open.getReceivers().some(({ track }) => track === picture)
			);
			if (connection === undefined || mark.startsWith('screen')) continue;
			const arrived = { frames: 0, energy: 0 };
			const stats = await connection.getStats();
			stats.forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
				if (entry.type !== 'inbound-rtp') return;
				arrived.frames += entry.framesDecoded ?? 0;
				arrived.energy += entry.totalAudioEnergy ?? 0;
			});
			found[name] = arrived;
		}
		return found;
	});

/** Every one of them, and nobody else, is seen and heard by every other from now on. */
export async function expectAllToMeet(guests: readonly Guest[]): Promise<void> {
	const meet = async (guest: Guest) => {
		const others = guests.filter((other) => other !== guest).map(({ name }) => name);
		const before = await arrivals(guest);
		const met = async () => {
			const now = Object.entries(await arrivals(guest));
			return now
				.filter(([name, { frames, energy }]) => {
					const { frames: seen, energy: heard } = before[name] ?? { frames: 0, energy: 0 };
					return frames > seen && energy > heard + silentEnergy;
				})
				.map(([name]) => name)
				.sort();
		};
		await expect
			.poll(met, { message: `whom ${guest.name} sees and hears`, timeout: 90_000 })
			.toEqual(others.sort());
	};
	await Promise.all(guests.map(meet));
}
