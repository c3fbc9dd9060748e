/** Why a request of a participant is not carried out. The http layer has a status for each. */
export type RefusalReason =
	| 'unknownRoom'
	| 'unknownMessage'
	| 'unknownBot'
	| 'unknownPoll'
	| 'notJoined'
	| 'inLobby'
	| 'notAllowed'
	| 'unproven'
	| 'wrongKind'
	| 'badRequest'
	| 'conflict'
	| 'tooLong'
	| 'tooMany';

/** An expected refusal; `keyword` and `data` are what Talk's clients read. */
export class Refusal extends Error {
	override readonly name = 'Refusal';
	readonly reason: RefusalReason;
	readonly data: unknown;
	constructor(reason: RefusalReason, keyword?: string, data?: unknown) {
		super(keyword === undefined ? reason : `${reason}: ${keyword}`);
		this.reason = reason;
		this.data = data ?? (keyword === undefined ? null : { error: keyword });
	}
}
