import * as v from 'valibot';
import type { CheckPorts, Heard, IceEvidence, IceTarget, Silence } from '../../domain/check/evidence.ts';
import { RoostError } from '../../domain/errors.ts';
import type { SignalingSettings } from '../../domain/talk-api.ts';
import { NextcloudSessionId, type RoomToken } from '../../protocol/ids.ts';
import { hasEncryptedCalls, parseCapabilities } from '../../protocol/capabilities.ts';
import { errorKeyword } from '../../protocol/ocs.ts';
import { parseRoom, type GuestNameBody, type JoinRoomBody } from '../../protocol/room.ts';
import { isModeratorType } from '../talk/call-words.ts';
import { serverTimeMsOf, type OcsReply } from '../talk/http/ocs-reply.ts';
import { createOcs, talkPath, type Ocs, type OcsEdges, type OcsRequest } from '../talk/http/ocs-request.ts';
import { createSettingsApi } from '../talk/http/settings-api.ts';
import { createPullTransport, createTransports } from '../talk/internal-signaling.ts';
import { createSignalingTransport, type WebSocketLike } from '../talk/signaling-socket.ts';

interface CheckEdges extends OcsEdges {
	openSocket: (url: string) => WebSocketLike;
	explainSocket: CheckPorts['explainSocket'];
	askSignaling: CheckPorts['askSignaling'];
	probeIce: (target: IceTarget) => Promise<IceEvidence>;
	/** Why a request had no answer, as far as this platform tells. */
	silenceOf: (cause: unknown) => Silence;
	now: () => number;
}

const httpWaitMs = 10_000;

/** The world of a check, over any `fetch` and `WebSocket`: the same for a page and for a program. */
export function createCheckPorts(edges: CheckEdges): CheckPorts {
	const { now, silenceOf } = edges;
	const ocs = createOcs(edges);

	/** The answer, and what Talk's API makes of it: of one that it refuses, only the answer says why. */
	async function hearSettings(token: RoomToken): Promise<Heard<SignalingSettings>> {
		const replies: OcsReply[] = [];
		const watched: Ocs = {
			...ocs,
			ask: async (request, read) => {
				const reply = await ocs.exchange({ ...request, timeoutMs: httpWaitMs });
				replies.push(reply);
				if (!isTaken(reply.status)) throw new RoostError('server.refused', request.what);
				return read(reply);
			}
		};
		try {
			const value = await createSettingsApi(watched, edges.baseUrl).fetchSignalingSettings(token);
			return { kind: 'answer', value, skewMs: null };
		} catch (error) {
			const [reply] = replies;
			if (!reply) return { kind: 'silence', why: silenceOf(error) };
			return { ...refusalOf(reply), isForeign: isTaken(reply.status) };
		}
	}

	async function hear<Value>(request: OcsRequest, read: (data: unknown) => Value): Promise<Heard<Value>> {
		try {
			const reply = await ocs.exchange({ ...request, timeoutMs: httpWaitMs });
			return understood(reply, () => read(reply.data()));
		} catch (error) {
			return { kind: 'silence', why: silenceOf(error) };
		}
	}

	function understood<Value>(reply: OcsReply, read: () => Value): Heard<Value> {
		if (!isTaken(reply.status)) return refusalOf(reply);
		try {
			return { kind: 'answer', value: read(), skewMs: skewOf(reply.headers, now()) };
		} catch {
			return { ...refusalOf(reply), isForeign: true };
		}
	}

	const post = async (path: string, body: object) => {
		await ocs.exchange({ what: 'check', method: 'POST', path: talkPath(path), body, timeoutMs: httpWaitMs });
	};
	const count = () => undefined;

	return {
		readPage: async (token) => {
			const timeout = AbortSignal.timeout(httpWaitMs);
			try {
				const response = await edges.fetch(`${edges.baseUrl}/call/${token}`, {
					headers: { Accept: 'text/html' },
					cache: 'no-store',
					credentials: 'same-origin',
					signal: timeout
				});
				await response.arrayBuffer();
				const { status, headers } = response;
				const isPage = isTaken(status) && (headers.get('Content-Type') ?? '').startsWith('text/html');
				if (isPage) return { kind: 'answer', value: null, skewMs: skewOf(headers, now()) };
				const isMaintenance = headers.get('X-Nextcloud-Maintenance-Mode') === '1';
				return { kind: 'refusal', status, keyword: null, isMaintenance, isForeign: false };
			} catch (error) {
				return { kind: 'silence', why: timeout.aborted ? 'timeout' : silenceOf(error) };
			}
		},
		readCapabilities: () =>
			hear({ what: 'read capabilities', method: 'GET', path: 'cloud/capabilities' }, (data) => {
				const spreed = parseCapabilities(data);
				if (!spreed) throw new Error('no Talk');
				return {
					version: spreed.version,
					callsEnabled: spreed.config.call.enabled,
					hasEncryptedCalls: hasEncryptedCalls(spreed),
					wantsFederation: spreed.features.includes('federation-v2')
				};
			}),
		enter: (token) =>
			hear(
				{
					what: 'enter room',
					method: 'POST',
					path: talkPath(`v4/room/${token}/participants/active`),
					body: { force: false } satisfies JoinRoomBody
				},
				(data) => {
					const { sessionId, lobbyState, participantType } = parseRoom(data);
					return {
						nextcloudSessionId: v.parse(NextcloudSessionId, sessionId),
						isInLobby: lobbyState === 1 && !isModeratorType(participantType)
					};
				}
			),
		readSettings: hearSettings,
		rename: (token, displayName) => post(`v1/guest/${token}/name`, { displayName } satisfies GuestNameBody),
		leave: async (token) => {
			await ocs.exchange({
				what: 'leave room',
				method: 'DELETE',
				path: talkPath(`v4/room/${token}/participants/active`),
				timeoutMs: httpWaitMs,
				keepalive: true
			});
		},
		transport: createTransports(
			createSignalingTransport({ openSocket: edges.openSocket, count }),
			createPullTransport({ ocs, count })
		),
		explainSocket: edges.explainSocket,
		askSignaling: edges.askSignaling,
		probeIce: edges.probeIce,
		now
	};
}

const isTaken = (status: number) => status >= 200 && status < 300;

/** The other clock minus ours; what was on its way counts for it, which no one notices. */
export function skewOf(headers: Headers, nowMs: number): number | null {
	const at = serverTimeMsOf(headers);
	// the header has whole seconds: half of one is the middle of what it may mean
	return at === undefined ? null : at + 500 - nowMs;
}

function refusalOf(reply: OcsReply): Extract<Heard<never>, { kind: 'refusal' }> {
	const { status, headers } = reply;
	let keyword: string | null = null;
	let isForeign = false;
	try {
		const word = errorKeyword(reply.data());
		keyword = word !== undefined && /^[\w-]{1,40}$/.test(word) ? word : null;
	} catch {
		isForeign = true;
	}
	const isMaintenance = status === 503 && headers.get('X-Nextcloud-Maintenance-Mode') === '1';
	return { kind: 'refusal', status, keyword, isMaintenance, isForeign };
}
