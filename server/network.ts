import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

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
	return { address, host: first(request.headers['x-forwarded-host']) ?? host };
}

const first = (header: string | string[] | undefined) => (Array.isArray(header) ? header[0] : header);

/** An IPv4 address inside an IPv6 one, as sockets that listen on both show it. */
const withoutMapping = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');
