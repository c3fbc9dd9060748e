/** Talk's clients open this one first, so that the data section is negotiated; nothing is said on it. */
const silentLabel = 'simplewebrtc';

interface DataChannelEvents {
	/** The channel we send on is open; once. */
	onOpen: () => void;
	/** Text of any channel: media servers may rename the channels that they relay. */
	onText: (text: string) => void;
}

/** The data channels of one connection. Their listeners go with `signal`, they themselves with the connection. */
interface DataChannels {
	/** Opens the silent channel and the one named, unless that was done before. */
	open(connection: RTCPeerConnection, label: string): void;
	/** Opens the silent channel alone, unless that was done before: there is something to hear, and nothing to say. */
	listen(connection: RTCPeerConnection): void;
	add(channel: RTCDataChannel): void;
	/** Dropped while no channel for sending is open. */
	send(text: string): void;
}

/** @param label the channel to prefer for sending, if the other side opened several */
export function createDataChannels(
	label: string | null,
	{ onOpen, onText }: DataChannelEvents,
	signal: AbortSignal
): DataChannels {
	const channels: RTCDataChannel[] = [];
	let hasOpened = false;
	let hasOwn = false;

	const sendable = () => {
		const ready = channels.filter(
			(channel) => channel.readyState === 'open' && channel.label !== silentLabel
		);
		return ready.find((channel) => channel.label === label) ?? ready[0];
	};
	const checkOpen = () => {
		if (hasOpened || signal.aborted || !sendable()) return;
		hasOpened = true;
		onOpen();
	};
	const add = (channel: RTCDataChannel) => {
		channels.push(channel);
		channel.addEventListener('open', checkOpen, { signal });
		const read = ({ data }: MessageEvent<unknown>) => {
			if (typeof data === 'string') onText(data);
		};
		channel.addEventListener('message', read, { signal });
		checkOpen(); // a channel of the other side may be open when it is announced
	};

	const listen = (connection: RTCPeerConnection) => {
		hasOwn = true;
		add(connection.createDataChannel(silentLabel));
	};
	return {
		open: (connection, name) => {
			if (hasOwn) return;
			listen(connection);
			add(connection.createDataChannel(name));
		},
		listen: (connection) => {
			if (!hasOwn) listen(connection);
		},
		add,
		send: (text) => sendable()?.send(text)
	};
}
