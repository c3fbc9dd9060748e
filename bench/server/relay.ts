import { setTimeout as delay } from 'node:timers/promises';
import { quantile } from '../join/figures.ts';
import type { Visitor } from './visitor.ts';

/** Found without reading the rest: what the generator does has to be little beside what the server does. */
const marks = /"benchAt":([\d.]+),"benchFrom":(\d+)/;

/** A candidate, the most frequent thing that is said in a call, with its time and its sender in it. */
const candidateFor = (to: string, from: number) => ({
	type: 'message',
	message: {
		recipient: { type: 'session', sessionid: to },
		data: {
			to,
			sid: '1700000000000',
			roomType: 'video',
			type: 'candidate',
			payload: {
				candidate: {
					candidate:
						'candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.5 rport 46154 generation 0 ufrag EsAw network-cost 999',
					sdpMid: '0',
					sdpMLineIndex: 0,
					benchAt: performance.now(),
					benchFrom: from
				}
			}
		}
	}
});

/** What messages did for a while. */
export interface Relayed {
	perSecond: number;
	p50Ms: number;
	p99Ms: number;
	lost: number;
	/** share of one processor that the generator itself took */
	generatorShare: number;
}

interface Plan {
	rooms: readonly (readonly Visitor[])[];
	seconds: number;
}

/**
 * Sends to others in the same room, one after the other.
 * @param onArrival told of each that arrives
 */
function connectAll(rooms: Plan['rooms'], onArrival: (from: number, tookMs: number) => void) {
	const turns = new Map<number, () => void>();
	for (const members of rooms) {
		members.forEach((visitor, place) => {
			let turn = place;
			turns.set(visitor.index, () => {
				turn += 1;
				const others = members.filter((other) => other !== visitor);
				const to = others[turn % others.length];
				if (to) visitor.send(candidateFor(to.sessionId, visitor.index));
			});
			visitor.listen((text) => {
				const found = marks.exec(text);
				if (found) onArrival(Number(found[2]), performance.now() - Number(found[1]));
				else if (text.includes('"type":"error"') || text.includes('"type":"bye"')) throw new Error(text);
			});
		});
	}
	return (from: number) => turns.get(from)?.();
}

/** Until nothing is on its way any more, or too late. */
async function settle(isDone: () => boolean): Promise<void> {
	const deadline = Date.now() + 10_000;
	while (!isDone() && Date.now() < deadline) await delay(20);
}

function report(took: number[], sent: number, elapsedMs: number, cpu: NodeJS.CpuUsage): Relayed {
	const rounded = (value: number) => Number(value.toFixed(2));
	return {
		perSecond: Math.round((took.length * 1_000) / elapsedMs),
		p50Ms: rounded(quantile(took, 0.5)),
		p99Ms: rounded(quantile(took, 0.99)),
		lost: sent - took.length,
		generatorShare: rounded((cpu.user + cpu.system) / 1_000 / elapsedMs)
	};
}

/** As many as get through: each session has so many on their way, and sends another when one arrives. */
export async function flood({ rooms, seconds }: Plan, onTheirWay: number): Promise<Relayed> {
	const took: number[] = [];
	let sent = 0;
	let isOver = false;
	const say = connectAll(rooms, (from, tookMs) => {
		took.push(tookMs);
		if (isOver) return;
		sent += 1;
		say(from);
	});
	const [begun, cpu] = [performance.now(), process.cpuUsage()];
	for (let time = 0; time < onTheirWay; time += 1) {
		for (const visitor of rooms.flat()) {
			sent += 1;
			say(visitor.index);
		}
	}
	await delay(seconds * 1_000);
	isOver = true;
	const [count, elapsedMs, used] = [took.length, performance.now() - begun, process.cpuUsage(cpu)];
	await settle(() => took.length >= sent);
	return { ...report(took.slice(0, count), count, elapsedMs, used), lost: sent - took.length };
}

/** A steady rate that every server can carry: how long each message takes then. */
export async function trickle({ rooms, seconds }: Plan, perSecond: number): Promise<Relayed> {
	const took: number[] = [];
	let sent = 0;
	const say = connectAll(rooms, (_from, tookMs) => void took.push(tookMs));
	const visitors = rooms.flat();
	const [begun, cpu] = [performance.now(), process.cpuUsage()];
	for (;;) {
		const elapsedMs = performance.now() - begun;
		if (elapsedMs > seconds * 1_000) break;
		// what is due by now: late timers do not lower the rate
		for (const due = Math.floor((elapsedMs * perSecond) / 1_000); sent < due;) {
			const visitor = visitors[(sent * 7) % visitors.length];
			sent += 1;
			if (visitor) say(visitor.index);
		}
		await delay(1);
	}
	const [elapsedMs, used] = [performance.now() - begun, process.cpuUsage(cpu)];
	await settle(() => took.length >= sent);
	return report(took, sent, elapsedMs, used);
}
