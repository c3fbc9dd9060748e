import { FakeDataChannel } from './fake-data-channel.ts';
import { FakeEvent } from './fake-event.ts';
import { FakePeerConnection } from './fake-peer-connection.ts';
import { receives, sends } from './fake-sdp.ts';

/** The real scheduler, whatever fake timers a test installs. */
const later = setImmediate;

/**
 * What lies between fake peer connections. Two of them find each other through the SDP that they exchanged: each must
 * have the other's ICE user fragment, and at least one candidate of it.
 */
export class FakeNetwork {
	/** Every connection ever opened here, oldest first. */
	readonly connections: FakePeerConnection[] = [];
	/** Script: while down, nothing new connects. What is connected stays so. */
	isDown = false;
	/** Script: `manual` leaves gathering to `gather()` and `finishGathering()` of each connection. */
	gathering: 'automatic' | 'manual' = 'automatic';
	/** Script: names of the errors that the next constructors throw. */
	readonly refusals: string[] = [];

	/** What `new RTCPeerConnection(configuration)` is to a page. */
	open = (configuration: RTCConfiguration = {}): FakePeerConnection => {
		const refusal = this.refusals.shift();
		if (refusal !== undefined) throw new DOMException('refused by the script', refusal);
		const connection = new FakePeerConnection(this, configuration);
		this.connections.push(connection);
		return connection;
	};

	/** Connections that nobody closed. */
	get openConnections(): number {
		return this.connections.filter((connection) => !connection.isClosed).length;
	}

	/** The only source of time in the fakes: what is asynchronous in a browser takes one turn here. */
	schedule = (task: () => void): void => void later(task);
	turn = (): Promise<void> => new Promise((settle) => later(settle));

	/** Something changed: connects whom it can. */
	review(): void {
		for (const connection of this.connections) connection.startChecking();
		for (const connection of this.connections) {
			const other = this.otherOf(connection);
			if (!other || this.isDown) continue;
			if (connection.canConnect && other.canConnect) {
				this.schedule(() => {
					connection.finishChecking();
					this.#flow(connection);
				});
			} else if (connection.isConnected) this.schedule(() => this.#flow(connection));
		}
	}

	/** The connection at the other end, once both know of each other. */
	otherOf(connection: FakePeerConnection): FakePeerConnection | undefined {
		const { local, remote } = connection.fragments;
		if (local === '' || remote === '' || connection.isClosed) return undefined;
		return this.connections.find(
			(other) => !other.isClosed && other.fragments.local === remote && other.fragments.remote === local
		);
	}

	/** Script: one frame leaves through every sender that is connected and has a live track. */
	tick(): void {
		for (const connection of this.connections) {
			const other = this.otherOf(connection);
			if (!other || !connection.isConnected || !other.isConnected) continue;
			for (const { mid, currentDirection, sender } of connection.getTransceivers()) {
				if (!sends(currentDirection) || sender.track?.readyState !== 'live') continue;
				const what = sender.track.enabled ? 'media' : 'silence';
				sender.sent[what]++;
				const arriving = other.getTransceivers().find((transceiver) => transceiver.mid === mid);
				if (arriving && receives(arriving.currentDirection)) arriving.receiver.received[what]++;
			}
		}
	}

	/** Opens channels and lets tracks flow, once both ends are connected. */
	#flow(connection: FakePeerConnection): void {
		const other = this.otherOf(connection);
		if (!other || !connection.isConnected || !other.isConnected) return;
		for (const [here, there] of [
			[connection, other],
			[other, connection]
		] as const) {
			if (here.hasDataSection && there.hasDataSection) this.#openChannels(here, there);
			for (const { mid, currentDirection, sender } of here.getTransceivers()) {
				if (!sends(currentDirection) || sender.track?.readyState !== 'live') continue;
				const arriving = there.getTransceivers().find((transceiver) => transceiver.mid === mid);
				if (arriving?.isAnnounced) arriving.receiver.track.setMuted(false);
			}
		}
	}

	#openChannels(here: FakePeerConnection, there: FakePeerConnection): void {
		for (const channel of here.channels) {
			if (channel.other || channel.readyState !== 'connecting') continue;
			const announced = new FakeDataChannel(channel.label, this.schedule);
			there.channels.push(announced);
			channel.other = announced;
			announced.readyState = 'open';
			there.fire(new FakeEvent('datachannel', { channel: announced }));
			channel.link(announced);
		}
	}
}
