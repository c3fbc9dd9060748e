import type { TalkApi } from '../../domain/talk-api.ts';
import { createCallApi } from './http/call-api.ts';
import { createChatApi } from './http/chat-api.ts';
import { createOcs, type OcsEdges } from './http/ocs-request.ts';
import { createRoomApi } from './http/room-api.ts';
import { createSettingsApi } from './http/settings-api.ts';

/**
 * Talk's HTTP API, over any `fetch`.
 * @throws {RangeError} for a tab id that is not 64 letters and digits
 */
export function createTalkApi(edges: OcsEdges): TalkApi {
	const ocs = createOcs(edges);
	return {
		...createRoomApi(ocs),
		...createSettingsApi(ocs, edges.baseUrl),
		...createCallApi(ocs),
		...createChatApi(ocs)
	};
}
