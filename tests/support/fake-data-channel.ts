import { invalidState } from './fake-event.ts';

/** One end of a fake data channel; both ends are linked when the connection below them is up. */
export class FakeDataChannel extends EventTarget implements RTCDataChannel {
	readonly label: string;
	binaryType: BinaryType = 'arraybuffer';
	readonly bufferedAmount = 0;
	bufferedAmountLowThreshold = 0;
	readonly id = null;
	readonly maxPacketLifeTime = null;
	readonly maxRetransmits = null;
	readonly negotiated = false;
	readonly ordered = true;
	readonly protocol = '';
	readyState: RTCDataChannelState = 'connecting';
	onbufferedamountlow: RTCDataChannel['onbufferedamountlow'] = null;
	onclose: RTCDataChannel['onclose'] = null;
	onclosing: RTCDataChannel['onclosing'] = null;
	onerror: RTCDataChannel['onerror'] = null;
	onmessage: RTCDataChannel['onmessage'] = null;
	onopen: RTCDataChannel['onopen'] = null;
	other: FakeDataChannel | null = null;
	readonly #schedule: (task: () => void) => void;

	constructor(label: string, schedule: (task: () => void) => void) {
		super();
		this.label = label;
		this.#schedule = schedule;
	}

	send(data: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void {
		if (this.readyState !== 'open') {
			throw invalidState("RTCDataChannel.readyState is not 'open'");
		}
		const { other } = this;
		this.#schedule(() => {
			if (other?.readyState === 'open') other.dispatchEvent(new MessageEvent('message', { data }));
		});
	}

	/** Links both ends and opens them, the announced end first. */
	link(other: FakeDataChannel): void {
		this.other = other;
		other.other = this;
		for (const end of [other, this]) {
			end.readyState = 'open';
			end.dispatchEvent(new Event('open'));
		}
	}

	close(): void {
		if (this.readyState === 'closed') return;
		this.readyState = 'closed';
		const { other } = this;
		this.#schedule(() => {
			if (!other || other.readyState === 'closed') return;
			other.readyState = 'closed';
			other.dispatchEvent(new Event('close'));
		});
	}
}
