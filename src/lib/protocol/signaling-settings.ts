import * as v from 'valibot';
import { objectOf } from './wire.ts';

/** What a hello 1.0 proves itself with. */
export const HelloV1Params = v.object({ userid: v.nullish(v.string()), ticket: v.string() });
/** What a hello 2.0 proves itself with: a token of 60 s life. */
export const HelloV2Params = v.object({ token: v.string() });

const urls = v.union([
	v.array(v.string()),
	v.pipe(
		v.string(),
		v.transform((url) => [url])
	)
]);

const SignalingSettings = v.object({
	/** `internal` is Talk's long poll; any other word means the socket at `server` */
	signalingMode: v.string(),
	userId: v.nullish(v.string()),
	/** base address of the socket; old servers gave a list */
	server: v.optional(
		v.pipe(
			v.union([v.string(), v.array(v.string())]),
			v.transform((server) => (typeof server === 'string' ? server : (server[0] ?? '')))
		),
		''
	),
	ticket: v.nullish(v.string()),
	helloAuthParams: v.optional(
		objectOf(v.object({ '1.0': v.optional(HelloV1Params), '2.0': v.optional(HelloV2Params) })),
		{}
	),
	/** the address that a hello has to name, from a gateway; absent: the one these settings came from */
	helloAuthUrl: v.optional(v.string()),
	stunservers: v.optional(v.array(v.object({ urls })), []),
	turnservers: v.optional(
		v.array(v.object({ urls, username: v.optional(v.string(), ''), credential: v.optional(v.string(), '') })),
		[]
	)
});
/** How to reach signaling for one room, and the ICE servers. Tokens in it live 60 s: fetch before each fresh hello. */
export type SignalingSettings = v.InferOutput<typeof SignalingSettings>;

/**
 * Reads the data of `GET v3/signaling/settings`.
 * @throws {v.ValiError} if it is not a settings answer
 */
export function parseSignalingSettings(data: unknown): SignalingSettings {
	return v.parse(SignalingSettings, data);
}
