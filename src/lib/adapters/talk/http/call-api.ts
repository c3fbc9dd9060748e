import type { TalkApi } from '../../../domain/talk-api.ts';
import { parseCallPeers, type JoinCallBody, type UpdateCallBody } from '../../../protocol/call.ts';
import type { RoomToken } from '../../../protocol/ids.ts';
import { callFlagsOf } from '../call-words.ts';
import { inSession, nothing, type Meaning } from './ocs-reply.ts';
import { talkPath, type Ocs } from './ocs-request.ts';

type CallApi = Pick<TalkApi, 'joinCall' | 'updateCall' | 'leaveCall' | 'listCallPeers'>;

const callPath = (token: RoomToken) => talkPath(`v4/call/${token}`);

const aboutCall: Meaning = (status, keyword) => {
	if (status === 400 && keyword === 'consent') return 'call.consent';
	return status === 403 ? 'call.forbidden' : inSession(status, keyword);
};

/** See the port for what each method promises. */
export function createCallApi(ocs: Ocs): CallApi {
	return {
		joinCall: async (token, presence, { silent, consent }) =>
			ocs.ask(
				{
					what: 'join call',
					method: 'POST',
					path: callPath(token),
					body: {
						flags: callFlagsOf({ ...presence, inCall: true }),
						silent,
						recordingConsent: consent
					} satisfies JoinCallBody
				},
				nothing,
				aboutCall
			),

		updateCall: async (token, presence) =>
			ocs.ask(
				{
					what: 'update call',
					method: 'PUT',
					path: callPath(token),
					body: { flags: callFlagsOf(presence) } satisfies UpdateCallBody
				},
				nothing,
				aboutCall
			),

		leaveCall: async (token, { keepalive = false, forEveryone = false } = {}) =>
			ocs.ask(
				{
					what: 'leave call',
					method: 'DELETE',
					path: callPath(token),
					body: { all: forEveryone },
					keepalive
				},
				nothing,
				aboutCall
			),

		listCallPeers: async (token) =>
			ocs.ask(
				{ what: 'list call peers', method: 'GET', path: callPath(token) },
				(reply) =>
					parseCallPeers(reply.data()).map(({ sessionId, displayName }) => ({
						nextcloudSessionId: sessionId,
						name: displayName
					})),
				aboutCall
			)
	};
}
