import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Page } from '@playwright/test';

const candidate = /(candidate:\S+ \d+ udp \d+ )(\S+) (\d+)( typ )/gi;

/** A description that a page handed to its signaling, whatever the dialect. */
export interface SaidDescription {
	/** Milliseconds since 1970. */
	at: number;
	type: 'offer' | 'answer';
	callId: string;
	/** Renewed by an ICE restart, and by nothing else. */
	ufrag: string;
}

/** The network between browsers, as a test can break it: every packet of a call goes through sockets of the test. */
export interface UdpPath {
	/** Leads the media of a page through here; the page must not have been opened yet. @returns grows while it talks */
	route(page: Page): Promise<SaidDescription[]>;
	/** All ways that exist are dead from now on, for ever; ways that are offered later work. */
	cut(): void;
	/** How many packets came through. */
	packets(): number;
	close(): void;
}

/** @returns undefined for a message that describes no connection */
function descriptionIn(text: string): SaidDescription | undefined {
	const type = /"type":"(offer|answer)","sdp"/.exec(text)?.[1];
	const callId = /"(?:sid|call_id)":"([^"]+)"/.exec(text)?.[1];
	const ufrag = /a=ice-ufrag:([^\\\s]+)/.exec(text)?.[1];
	if ((type !== 'offer' && type !== 'answer') || callId === undefined || ufrag === undefined)
		return undefined;
	return { at: Date.now(), type, callId, ufrag };
}

export function createUdpPath(): UdpPath {
	const ways: Way[] = [];
	/** By the true address, in each era between two cuts. */
	let known = new Map<string, Promise<number>>();
	let packets = 0;

	const portFor = (address: string, port: number): Promise<number> => {
		const target = `${address} ${port}`;
		const found = known.get(target);
		if (found) return found;
		const way = createWay(address, port, () => packets++);
		ways.push(way);
		known.set(target, way.port);
		return way.port;
	};
	/** A frame in which the other side is told our addresses instead of the true ones. */
	const rewritten = async (text: string): Promise<string> => {
		const found = [...text.matchAll(candidate)];
		const ports = await Promise.all(found.map(([, , address, port]) => portFor(address ?? '', Number(port))));
		return text.replace(candidate, (_, head: string, _address, _port, tail: string) => {
			return `${head}127.0.0.1 ${ports.shift()}${tail}`;
		});
	};

	return {
		route: async (page) => {
			const said: SaidDescription[] = [];
			await page.routeWebSocket(/\/signaling\//, (socket) => {
				const server = socket.connectToServer();
				let queue = Promise.resolve();
				socket.onMessage((message) => {
					const text = message.toString();
					const description = descriptionIn(text);
					if (description) said.push(description);
					queue = queue.then(async () => server.send(await rewritten(text)));
				});
			});
			return said;
		},
		cut: () => {
			for (const way of ways) way.isCut = true;
			known = new Map();
		},
		packets: () => packets,
		close: () => {
			for (const way of ways) way.close();
		}
	};
}

interface Way {
	isCut: boolean;
	port: Promise<number>;
	close(): void;
}

/** What comes to the port goes to the target, from a socket of its own for each sender, so that answers find back. */
function createWay(address: string, port: number, onPacket: () => void): Way {
	const bySender = new Map<string, Socket>();
	const pass = (packet: Buffer, from: Socket, toPort: number, toAddress: string) => {
		if (way.isCut) return;
		onPacket();
		// a browser that has closed its socket is no failure of the path
		from.send(packet, toPort, toAddress, () => undefined);
	};
	const farFor = (sender: RemoteInfo): Socket => {
		const name = `${sender.address} ${sender.port}`;
		const found = bySender.get(name);
		if (found) return found;
		const far = createSocket(address.includes(':') ? 'udp6' : 'udp4');
		far.on('message', (answer) => pass(answer, near, sender.port, sender.address));
		bySender.set(name, far);
		return far;
	};
	const near = createSocket('udp4');
	near.on('message', (packet, sender) => pass(packet, farFor(sender), port, address));
	const way: Way = {
		isCut: false,
		port: new Promise((settle) => near.bind(0, '127.0.0.1', () => settle(near.address().port))),
		close: () => {
			for (const socket of [near, ...bySender.values()]) socket.close();
		}
	};
	return way;
}
