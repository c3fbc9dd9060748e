import { setMaxListeners } from 'node:events';
import type { PeerConnections } from '../../src/lib/domain/call/peer-connection.ts';
import { timingsOf } from '../../src/lib/domain/call/profile.ts';
import { BenchClock } from '../support/peer-call-bench.ts';
import type { Scene } from './invariants.ts';
import { watchConnections } from './journal.ts';
import { TurnNetwork } from './network.ts';
import { openParty, realEngine, type Member, type Party } from './party.ts';
import { createRelay, type Relay } from './relay.ts';
import { isFault, isOutage, names, otherOf, promptMs, type Name, type Setting, type Step } from './steps.ts';
import { silent, type Trace } from './trace.ts';

// each connection listens to a dozen things with one signal, as browsers allow
setMaxListeners(50);

export interface WorldOptions {
	trace?: (now: () => number) => Trace;
	/** The machines to be tried; a broken one proves that the invariants notice. */
	engine?: Member;
	relay?: (real: Relay) => Relay;
	connections?: (real: PeerConnections) => PeerConnections;
}

const { negotiationPauseMs } = timingsOf('native', 'outbound');

/** Two parties, a relay, a network of connections and a clock. Nothing moves unless a step moves it. */
export function openWorld(setting: Setting, options: WorldOptions = {}) {
	const clock = new BenchClock();
	const network = new TurnNetwork(() => clock.now());
	watchConnections(network);
	const trace = options.trace?.(() => clock.now()) ?? silent;
	const plain = createRelay(setting.profile === 'native');
	const relay = options.relay?.(plain) ?? plain;
	const around = {
		setting,
		clock,
		network,
		relay,
		trace,
		engine: options.engine ?? realEngine,
		connections: options.connections ?? ((real: PeerConnections) => real)
	};
	const parties: Record<Name, Party> = { ann: openParty('ann', around), ben: openParty('ben', around) };
	const run = { isFaultless: true, isCalm: true, hasLost: false };

	const noteDelays = () => {
		for (const name of names) {
			if (relay.lines[name].some(({ saidAt }) => clock.now() - saidAt > promptMs)) run.isFaultless = false;
			if (parties[name].isWaiting()) run.isFaultless = false;
		}
	};
	/** One thing arrives. @returns whether there was one, and a party that can hear it */
	const deliver = (to: Name, at: number): boolean => {
		const party = parties[to];
		if (!party.state.isOnline) return false;
		const parcel = relay.take(to, at);
		if (parcel === undefined) return false;
		party.hear(parcel, setting.has[otherOf(to)] !== 'nothing');
		return true;
	};
	parties.ann.join(null);
	parties.ben.join(parties.ann.presence());
	// they know each other from the beginning: who comes later is told by the server
	relay.clear('ben');
	deliver('ann', 0);

	const grant = (): boolean => names.map((name) => parties[name].dial()).some(Boolean);
	/** Everything that can happen without time passing. */
	const pump = async () => {
		for (let round = 0; ; round += 1) {
			if (round > 2_000) throw new Error('the two never stop talking');
			await network.settle();
			const moved = names.map((name) => deliver(name, 0)).some(Boolean);
			const acknowledged = names.map((name) => parties[name].acknowledge()).some(Boolean);
			if (!grant() && !moved && !acknowledged) return;
		}
	};
	/** @param isFlowing whether things arrive at once meanwhile */
	const advance = async (ms: number, isFlowing = false) => {
		const until = clock.now() + ms;
		const settle = async () => {
			if (isFlowing) {
				await pump();
				return;
			}
			do await network.settle();
			while (grant());
		};
		await settle();
		for (;;) {
			const next = Math.min(clock.next, network.nextExpiry);
			if (next > until) break;
			clock.increment(Math.max(0, next - clock.now()));
			network.expire();
			await settle();
		}
		clock.increment(until - clock.now());
		await settle();
	};

	const apply = async (step: Step) => {
		if (isFault(step)) run.isFaultless = false;
		if (isOutage(step)) run.isCalm = false;
		switch (step.do) {
			case 'dial':
				parties[step.who].dial();
				break;
			case 'deliver':
				deliver(step.who, step.at);
				break;
			case 'pump':
				await pump();
				break;
			case 'advance':
				await advance(step.ms);
				break;
			case 'acknowledge':
				parties[step.who].acknowledge();
				break;
			case 'mute':
				parties[step.who].mute(step.kind);
				break;
			case 'device':
				parties[step.who].changeDevice(step.kind);
				break;
			case 'remove':
				parties[step.who].removeTrack(step.kind);
				break;
			case 'screen':
				parties[step.who].toggleScreen();
				break;
			case 'glare':
				for (const name of names) parties[name].toggleScreen();
				// as long as a burst of changes shares one offer
				await advance(negotiationPauseMs);
				await pump();
				break;
			case 'path':
				if (step.to !== 'fail') network[step.to]();
				else if (!network.fail()) run.isCalm = false;
				break;
			case 'signaling':
				parties[step.who].setOnline(!parties[step.who].state.isOnline);
				break;
			case 'reload':
				if (parties[step.who].state.session === null) break;
				parties[step.who].leave();
				parties[step.who].join(parties[otherOf(step.who)].presence());
				break;
			case 'presence':
				if (parties[step.who].state.session === null) {
					parties[step.who].join(parties[otherOf(step.who)].presence());
				} else parties[step.who].leave();
				break;
			case 'retry':
				parties[step.who].retry();
				break;
			case 'lose':
				if (relay.lose(step.who)) run.hasLost = true;
				break;
			case 'duplicate':
				relay.duplicate(step.who);
				break;
			case 'refuse':
				for (const { connection } of parties[step.who].journal.calls.values()) {
					if (connection?.isClosed === false) connection.refuseNext(step.operation);
				}
		}
		await network.settle(step.turns ?? Infinity);
		noteDelays();
		network.tick();
	};

	const scene = (): Scene => ({
		clock,
		network,
		isFaultless: run.isFaultless,
		isCalm: run.isCalm,
		profile: setting.profile,
		parties: names.map((name) => {
			const { journal, ledger, remoteStreams, screens, state, tracks } = parties[name];
			const own = state.session;
			const { member, other } = state;
			return {
				name,
				journal,
				ledger,
				remoteStreams,
				own,
				tracks: [...tracks.values()],
				screens,
				muted: state.muted,
				lease: state.lease,
				members:
					member === null || other === null ? [] : [{ theirs: other.session, carries: 'media', ref: member }]
			};
		})
	});

	return {
		clock,
		network,
		parties,
		relay,
		trace,
		apply,
		advance,
		pump,
		scene,
		/** Faults end, everything that is on its way arrives, and time passes until nothing more is to be expected. */
		quiesce: async () => {
			network.mend();
			// what loses messages is an outage, and both notice it
			if (run.hasLost) for (const name of names) parties[name].setOnline(false);
			for (const name of names) parties[name].setOnline(true);
			await advance(90_000, true);
		},
		/** Who had given up tries once more, as when the network comes back. */
		rearm: async () => {
			for (const name of names) parties[name].retry();
			await advance(60_000, true);
		},
		/** Both leave; nothing may be left of them. */
		end: async () => {
			for (const name of names) parties[name].leave();
			await network.settle();
		}
	};
}
