import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6, type Server, type Socket } from 'node:net';

/** @param addresses addresses and CIDR ranges, checked by the configuration */
export function createTrust(addresses: string[]): (address: string) => boolean {
	const trusted = new BlockList();
	for (const entry of addresses) {
		const [address = '', bits] = entry.split('/');
		const family = isIPv6(address) ? 'ipv6' : 'ipv4';
		if (bits === undefined) trusted.addAddress(address, family);
		else trusted.addSubnet(address, Number(bits), family);
	}
	return (address) => {
		const plain = withoutMapping(address);
		return isIP(plain) !== 0 && trusted.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
	};
}

/** Where a request really came from and was sent to, believing the headers of trusted proxies only. */
export function originOfRequest(request: IncomingMessage, isTrusted: (address: string) => boolean) {
	const peer = withoutMapping(request.socket.remoteAddress ?? '');
	const host = request.headers.host ?? '';
	if (!isTrusted(peer)) return { address: peer, host };
	const hops = (first(request.headers['x-forwarded-for']) ?? '').split(',').map((hop) => hop.trim());
	const address = hops.reverse().find((hop) => hop !== '' && !isTrusted(hop)) ?? peer;
	// of several the last one, which the proxy that is believed has written
	const hosts = (first(request.headers['x-forwarded-host']) ?? '').split(',').map((name) => name.trim());
	return { address, host: hosts.at(-1) || host };
}

/**
 * Takes only so many connections, in all and of one address; those that are too many end unanswered, before anything is
 * read or decrypted. Proxies that are trusted have the connections of everybody.
 */
export function limitConnections(
	server: Server,
	bounds: { connections: number; connectionsPerAddress: number },
	isTrusted: (address: string) => boolean
): void {
	const byAddress = new Map<string, number>();
	server.maxConnections = bounds.connections;
	server.on('connection', (socket: Socket) => {
		const address = networkOf(socket.remoteAddress ?? '');
		if (isTrusted(socket.remoteAddress ?? '')) return;
		const count = byAddress.get(address) ?? 0;
		if (count >= bounds.connectionsPerAddress) {
			socket.destroy();
			return;
		}
		byAddress.set(address, count + 1);
		socket.once('close', () => {
			const left = (byAddress.get(address) ?? 1) - 1;
			if (left > 0) byAddress.set(address, left);
			else byAddress.delete(address);
		});
	});
}

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

/**
 * What is counted as one where much from one place is slowed down: an IPv4 address, and of IPv6 the 64 bits that name a
 * network, for whoever has one has more addresses in it than could ever be counted.
 */
export function networkOf(address: string): string {
	const plain = withoutMapping(address);
	if (!isIPv6(plain)) return plain;
	const [left = '', right] = (plain.split('%')[0] ?? '').split('::');
	const groupsOf = (part: string | undefined) => (part ? part.split(':') : []);
	const [before, after] = [groupsOf(left), groupsOf(right)];
	// an IPv4 address at the end stands for two groups
	const length = before.length + after.length + (after.at(-1)?.includes('.') ? 1 : 0);
	const zeros = right === undefined ? [] : Array<string>(Math.max(0, 8 - length)).fill('0');
	const groups = [...before, ...zeros, ...after].slice(0, 4).map((group) => parseInt(group, 16).toString(16));
	return `${groups.join(':')}::/64`;
}

/** An IPv4 address inside an IPv6 one, as sockets that listen on both show it. */
const withoutMapping = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
