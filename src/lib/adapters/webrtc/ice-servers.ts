import type { IceServer } from '../../domain/talk-api.ts';

export type CreateConnection = (configuration: RTCConfiguration) => RTCPeerConnection;

const toConfiguration = (servers: readonly IceServer[]): RTCConfiguration => ({
	iceServers: servers.map((server) => ({ ...server, urls: [...server.urls] }))
});

/**
 * Uses ICE servers in spite of bad entries: a single one makes the browser refuse them all, so each is then tried alone
 * and the bad ones are left out.
 * @param use opens a connection with them, or gives them to one
 * @throws whatever `use` throws even without the bad entries
 */
export function withUsableServers<T>(
	servers: readonly IceServer[],
	create: CreateConnection,
	warn: (message: string, cause: unknown) => void,
	use: (configuration: RTCConfiguration) => T
): T {
	try {
		return use(toConfiguration(servers));
	} catch (cause) {
		const usable = servers.filter((server) => isUsable(create, server));
		warn(`${servers.length - usable.length} of ${servers.length} ICE servers were refused`, cause);
		return use(toConfiguration(usable));
	}
}

function isUsable(create: CreateConnection, server: IceServer): boolean {
	try {
		create(toConfiguration([server])).close();
		return true;
	} catch {
		return false;
	}
}
