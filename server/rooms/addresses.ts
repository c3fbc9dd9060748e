import { BlockList, isIP, isIPv6 } from 'node:net';

/** An IPv4 address inside an IPv6 one, as sockets that listen on both show it. */
const withoutMapping = (address: string) => address.replace(/^::ffff:(?=\d+\.)/i, '');

const familyOf = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** @returns the address or CIDR range as it is compared and shown; undefined for what is neither */
export function readRange(text: string): string | undefined {
	const [address = '', bits, ...rest] = withoutMapping(text.trim().toLowerCase()).split('/');
	if (isIP(address) === 0 || rest.length > 0) return undefined;
	if (bits === undefined) return address;
	const most = isIPv6(address) ? 128 : 32;
	return /^\d{1,3}$/.test(bits) && Number(bits) <= most ? `${address}/${Number(bits)}` : undefined;
}

/**
 * @param ranges as `readRange` gave them
 * @returns whether an address is in one of them; what is no address is in none
 */
export function createRanges(ranges: readonly string[]): (address: string) => boolean {
	const list = new BlockList();
	for (const range of ranges) {
		const [address = '', bits] = range.split('/');
		if (bits === undefined) list.addAddress(address, familyOf(address));
		else list.addSubnet(address, Number(bits), familyOf(address));
	}
	return (address) => {
		const plain = withoutMapping(address);
		return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
	};
}
