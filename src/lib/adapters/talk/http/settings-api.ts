import { RoostError } from '../../../domain/errors.ts';
import type { SignalingSettings, TalkApi } from '../../../domain/talk-api.ts';
import {
	parseSignalingSettings,
	type SignalingSettings as WireSettings
} from '../../../protocol/signaling-settings.ts';
import { inSession, type OcsReply } from './ocs-reply.ts';
import { talkPath, type Ocs } from './ocs-request.ts';

type SettingsApi = Pick<TalkApi, 'fetchSignalingSettings'>;

/**
 * See the port for what it promises.
 * @param baseUrl of the Nextcloud server: the signaling server asks there about whom it is told to trust
 */
export function createSettingsApi(ocs: Ocs, baseUrl: string): SettingsApi {
	const backendUrl = `${baseUrl.replace(/\/+$/, '')}/ocs/v2.php/${talkPath('v3/signaling/backend')}`;
	return {
		fetchSignalingSettings: async (token) =>
			ocs.ask(
				{
					what: 'fetch signaling settings',
					method: 'GET',
					path: talkPath('v3/signaling/settings'),
					query: { token }
				},
				(reply) => toSettings(reply, backendUrl),
				inSession
			)
	};
}

/** @throws {RoostError} `server.refused` if the server names no socket although it says that there is one */
function toSettings(reply: OcsReply, backendUrl: string): SignalingSettings {
	const settings = parseSignalingSettings(reply.data());
	const isInternal = settings.signalingMode === 'internal';
	if (!isInternal && settings.server === '') {
		throw new RoostError('server.refused', `${reply.what}: the server does not say where its socket is`);
	}
	return {
		url: isInternal ? null : socketUrlOf(settings.server),
		backendUrl: settings.helloAuthUrl ?? backendUrl,
		helloV1: helloV1Of(settings),
		helloV2: settings.helloAuthParams['2.0'] ?? null,
		iceServers: [...settings.stunservers, ...settings.turnservers]
	};
}

function socketUrlOf(server: string): string {
	const [, secure, rest] = /^(?:ws|http)(s?):(\/\/[^/].*?)\/*$/i.exec(server) ?? [];
	if (rest === undefined) throw new Error('the address of the signaling server is none');
	return `${secure ? 'wss' : 'ws'}:${rest}/spreed`;
}

function helloV1Of(settings: WireSettings): SignalingSettings['helloV1'] {
	const params = settings.helloAuthParams['1.0'];
	if (params) return { userid: params.userid ?? null, ticket: params.ticket };
	const { ticket, userId } = settings; // Talk before 15 had the ticket beside, not inside, the parameters
	return typeof ticket === 'string' ? { userid: userId ?? null, ticket } : null;
}
