import type { CallId } from '../../protocol/ids.ts';
import type { Profile } from './profile.ts';

/** What a member has under way when an invite arrives. */
export interface CallUnderWay {
	callId: CallId;
	direction: 'outbound' | 'inbound';
	/** `unsent`: nobody else can know it. Handing over counts, not the acknowledgement of it. */
	stage: 'unsent' | 'unanswered' | 'answered';
}

/**
 * - `deliver`: it names the call under way (a duplicate, or in Talk a renegotiation)
 * - `accept`: there is nothing under way
 * - `keepOurs`: the other side will yield; theirs is refused
 * - `yield`: ours ends, theirs is answered with the same local media
 * - `yieldWithLimbo`: as yield, but ours is kept for a while: a peer that always yields may still answer it
 * - `replace`: the other side has started anew after a failure that we have not noticed
 * - `ignore`: late, or known to be over
 */
export type InviteDecision =
	'deliver' | 'accept' | 'keepOurs' | 'yield' | 'yieldWithLimbo' | 'replace' | 'ignore';

export interface Invite {
	callId: CallId;
	/** Natively: the caller's count of calls placed to us. */
	callSeq: number | undefined;
}

/**
 * Set-up glare: two calls exist for one pair, and both sides have to name the same survivor.
 * @param designated whether our side is the one that offers by the comparison of session ids (Talk)
 * @param highestSeq the highest `callSeq` seen from this session, 0 for none
 * @see the race tables in the tests; found safe by searching all interleavings
 */
export function decideInvite(
	profile: Profile,
	invite: Invite,
	known: {
		current: CallUnderWay | null;
		isTombstoned: boolean;
		designated: boolean;
		highestSeq: number;
	}
): InviteDecision {
	const { current } = known;
	if (profile === 'sfuPublisher') return 'ignore'; // nobody offers to a publisher: it would be our own echo
	if (current?.callId === invite.callId) {
		// natively a call is renegotiated under other words: this is our own echo
		return profile === 'native' && current.direction === 'outbound' ? 'ignore' : 'deliver';
	}
	if (known.isTombstoned) return 'ignore';
	if (profile === 'native' && invite.callSeq !== undefined && invite.callSeq <= known.highestSeq) {
		return 'ignore';
	}
	if (current === null) return 'accept';
	if (current.direction === 'inbound' || current.stage === 'answered') return 'replace';
	if (current.stage === 'unsent') return 'yield';
	if (profile === 'native') return invite.callId < current.callId ? 'yield' : 'keepOurs';
	if (profile === 'talkMesh') return known.designated ? 'keepOurs' : 'yieldWithLimbo';
	return 'replace'; // towards an SFU there is one fixed offerer: the newest offer wins
}
