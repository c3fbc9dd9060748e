import * as v from 'valibot';
import { WireInteger } from './wire.ts';

const Envelope = v.object({
	ocs: v.object({
		meta: v.object({ status: v.string(), statuscode: WireInteger, message: v.nullish(v.string()) }),
		data: v.unknown()
	})
});

/** What an OCS answer says: the code, words for a log, and data that its own schema still has to read. */
export interface OcsAnswer {
	statusCode: number;
	message: string;
	data: unknown;
}

/**
 * Opens the envelope that every answer under `/ocs/v2.php` has.
 * @throws {v.ValiError} if there is no envelope: a proxy, a login page or another program answered
 */
export function parseOcs(raw: unknown): OcsAnswer {
	const { meta, data } = v.parse(Envelope, raw).ocs;
	return { statusCode: meta.statuscode, message: meta.message ?? '', data };
}

const ErrorData = v.object({ error: v.string() });

/** @returns the keyword of `{"error": "<keyword>"}`, `undefined` if the data of a refusal has none */
export function errorKeyword(data: unknown): string | undefined {
	const read = v.safeParse(ErrorData, data);
	return read.success ? read.output.error : undefined;
}
