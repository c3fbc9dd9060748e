import * as v from 'valibot';
import { objectOf, WireBoolean, WireInteger } from './wire.ts';

const strings = v.optional(v.array(v.string()), []);

const Config = v.object({
	call: v.optional(
		objectOf(
			v.object({
				enabled: v.optional(WireBoolean, true),
				'supported-reactions': strings,
				'recording-consent': v.optional(WireInteger, 0),
				'start-without-media': v.optional(WireBoolean, false),
				'end-to-end-encryption': v.optional(WireBoolean),
				'play-sounds': v.optional(WireBoolean, true),
				'max-duration': v.optional(WireInteger, 0)
			})
		),
		{}
	),
	chat: v.optional(
		objectOf(
			v.object({
				'max-length': v.optional(WireInteger, 32_000),
				'read-privacy': v.optional(WireInteger, 0),
				/** absent: the server knows no typing indicator */
				'typing-privacy': v.optional(WireInteger)
			})
		),
		{}
	),
	conversations: v.optional(objectOf(v.object({ 'can-create': v.optional(WireBoolean, false) })), {}),
	signaling: v.optional(
		objectOf(v.object({ mode: v.optional(v.string()), 'hello-v2-token-key': v.optional(v.string()) })),
		{}
	)
});

/** What a Talk server can do and how it is set. Absent keys read as the defaults of older servers. */
const SpreedCapabilities = v.object({
	features: strings,
	config: v.optional(objectOf(Config), {}),
	version: v.optional(v.string(), '')
});
export type SpreedCapabilities = v.InferOutput<typeof SpreedCapabilities>;

const Capabilities = v.object({
	capabilities: objectOf(v.object({ spreed: v.optional(SpreedCapabilities) }))
});

/**
 * Whether all calls of a server are end-to-end encrypted. Servers that can do it without a switch for it do it: an absent
 * setting counts as on.
 */
export const hasEncryptedCalls = ({ features, config }: SpreedCapabilities): boolean =>
	features.includes('call-end-to-end-encryption') && config.call['end-to-end-encryption'] !== false;

/**
 * Reads the data of `GET /ocs/v2.php/cloud/capabilities`.
 * @returns `undefined` if the server has no Talk
 * @throws {v.ValiError} if it is not a capabilities answer
 */
export function parseCapabilities(data: unknown): SpreedCapabilities | undefined {
	return v.parse(Capabilities, data).capabilities.spreed;
}
