import { createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
	attribute,
	decode,
	encode,
	encodeErrorCode,
	encodeXorAddress,
	isSignedWith,
	lengthOf,
	longTermKey,
	method,
	type StunMessage
} from '../../tools/doctor/stun-message.ts';

interface TurnOptions {
	/** Of the TURN REST scheme. */
	secret?: string;
	/** Ways on which nothing is answered, as behind a firewall. */
	silent?: readonly ('udp' | 'tcp')[];
	/** Address of the relays it gives out. */
	relayAddress?: string;
	/** Refuses every allocation with this code. */
	refuseWith?: number;
	/** The first nonce that is shown is stale at once. */
	hasStaleNonce?: boolean;
	tls?: { cert: string; key: string };
}

const realm = 'calls.example.org';
const stale = 438;

/**
 * A TURN server as far as giving out relays and taking them back: it checks credentials as coturn with
 * `use-auth-secret` does, over UDP, TCP and TLS, and relays nothing.
 */
export async function startFakeTurnServer(options: TurnOptions = {}) {
	const { secret = 'a secret of the TURN server', silent = [], relayAddress = '127.0.0.1' } = options;
	const nonce = randomBytes(8).toString('hex');
	let staleNonces = options.hasStaleNonce === true ? 1 : 0;
	let allocations = 0;
	const counts = { granted: 0, released: 0 };

	function answer(bytes: Buffer, from: AddressInfo): Buffer | undefined {
		const request = decode(bytes);
		if (request?.class !== 'request') return undefined;
		const { transaction } = request;
		const refuse = (code: number) => {
			const challenge = [
				[attribute.errorCode, encodeErrorCode(code)],
				[attribute.realm, Buffer.from(realm)],
				[attribute.nonce, Buffer.from(nonce)]
			] as const;
			return encode({ method: request.method, class: 'error', transaction }, challenge);
		};
		const grant = (attributes: [number, Buffer][], key?: Buffer) =>
			encode({ method: request.method, class: 'success', transaction }, attributes, key);
		const mapped: [number, Buffer] = [
			attribute.xorMappedAddress,
			encodeXorAddress(from.address.replace(/^::ffff:/, ''), from.port)
		];
		if (request.method === method.binding) return grant([mapped]);
		const key = keyOf(request);
		if (!key || !isSignedWith(bytes, key)) return refuse(401);
		if (staleNonces > 0) {
			staleNonces -= 1;
			return refuse(stale);
		}
		if (request.attributes.get(attribute.nonce)?.toString() !== nonce) return refuse(stale);
		if (request.method === method.refresh) {
			counts.released += 1;
			return grant([[attribute.lifetime, Buffer.alloc(4)]], key);
		}
		if (options.refuseWith !== undefined) return refuse(options.refuseWith);
		if (request.attributes.get(attribute.requestedTransport)?.[0] !== 17) return refuse(442);
		allocations += 1;
		counts.granted += 1;
		const relay = encodeXorAddress(relayAddress, 49_152 + allocations);
		return grant(
			[[attribute.xorRelayedAddress, relay], mapped, [attribute.lifetime, Buffer.from([0, 0, 2, 88])]],
			key
		);
	}

	/** The key that the credentials must have been signed with; `undefined` if they have run out. */
	function keyOf({ attributes }: StunMessage): Buffer | undefined {
		const username = attributes.get(attribute.username)?.toString();
		if (username === undefined || attributes.get(attribute.realm)?.toString() !== realm) return undefined;
		if (Number(username.split(':')[0]) * 1_000 < Date.now()) return undefined;
		return longTermKey(username, realm, createHmac('sha1', secret).update(username).digest('base64'));
	}

	const streams = new Set<Socket>();
	const serve = (socket: Socket) => {
		streams.add(socket);
		socket.on('close', () => streams.delete(socket));
		socket.on('error', () => undefined);
		const { remoteAddress: address = '', remotePort = 0 } = socket;
		let received = Buffer.alloc(0);
		socket.on('data', (piece: Buffer) => {
			received = Buffer.concat([received, piece]);
			for (let length = lengthOf(received); length !== undefined && received.length >= length;) {
				const said = silent.includes('tcp')
					? undefined
					: answer(received.subarray(0, length), { address, port: remotePort, family: 'IPv4' });
				if (said) socket.write(said);
				received = received.subarray(length);
				length = lengthOf(received);
			}
		});
	};
	const listen = async (server: Server, wanted: number) => {
		server.listen(wanted, '127.0.0.1');
		await once(server, 'listening');
		return server.address() as AddressInfo;
	};
	const tcp = createServer(serve);
	const { port } = await listen(tcp, 0);
	const udp = createSocket('udp4');
	// the same number: fewer are in use there than of the other kind
	udp.bind(port, '127.0.0.1');
	await once(udp, 'listening');
	udp.on('message', (bytes, from) => {
		const said = silent.includes('udp') ? undefined : answer(bytes, from);
		if (said) udp.send(said, from.port, from.address);
	});
	const tls = options.tls && createTlsServer(options.tls, serve);
	tls?.on('tlsClientError', () => undefined);
	const tlsPort = tls ? (await listen(tls, 0)).port : undefined;

	return {
		secret,
		port,
		stunUrl: `stun:127.0.0.1:${port}`,
		udpUrl: `turn:127.0.0.1:${port}?transport=udp`,
		tcpUrl: `turn:127.0.0.1:${port}?transport=tcp`,
		tlsUrl: `turns:127.0.0.1:${tlsPort ?? 0}?transport=tcp`,
		counts,
		[Symbol.asyncDispose]: async () => {
			for (const socket of streams) socket.destroy();
			await Promise.all(
				[tcp, ...(tls ? [tls] : [])].map((server) => new Promise((done) => server.close(done)))
			);
			await new Promise<void>((done) => udp.close(() => done()));
		}
	};
}
