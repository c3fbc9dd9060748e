import type { FastifyInstance } from 'fastify';

/**
 * What a signaling socket's address answers to a request that is no upgrade: most of them come through a proxy that does
 * not pass upgrades on, and its owner has to be able to tell that from an address that leads nowhere.
 * @param path of the sockets, as routes are written
 */
export function answerWithoutUpgrade(app: FastifyInstance, path: string): void {
	app.get(path, (_request, reply) =>
		reply
			.code(426)
			.headers({ Upgrade: 'websocket', Connection: 'Upgrade' })
			.type('text/plain')
			.send('A WebSocket is spoken here.\n')
	);
}
