import { isTold } from '../end-reason.ts';
import type { IceState } from '../peer-connection.ts';
import type { Candidate } from '../../signaling.ts';
import type { PeerCallContext, PeerCallEvent, RemoteEvent } from './context.ts';

/** What the guards ask, as plain functions of context and event. */

const upStates: ReadonlySet<IceState> = new Set(['connected', 'completed']);
export const isUpState = (state: IceState): boolean => upStates.has(state);

export const tokenOf = (event: PeerCallEvent): number | undefined =>
	'token' in event ? event.token : undefined;
export const sendIdOf = (event: PeerCallEvent): number | undefined =>
	event.type === 'SEND_OK' || event.type === 'SEND_FAILED' ? event.id : undefined;

export const isNative = ({ input }: PeerCallContext): boolean => input.profile === 'native';

/** Whoever answered is polite, always; there is no other source of politeness. */
export const isPolite = ({ input }: PeerCallContext): boolean => input.direction === 'inbound';

/** The owner sends signals to the call they name. What comes here all the same is about another one. */
export const isForeign = (context: PeerCallContext, event: PeerCallEvent): boolean =>
	'from' in event && event.callId !== context.input.callId;

/** The owner decides about invites of other calls; this one never acts on them. */
export const isOurInvite = (
	context: PeerCallContext,
	event: PeerCallEvent
): event is Extract<RemoteEvent, { type: 'REMOTE_INVITE' }> =>
	event.type === 'REMOTE_INVITE' && event.callId === context.input.callId;

export const partyOf = (event: { partyId?: string }): string => event.partyId ?? '';
export const isFromChosenParty = (context: PeerCallContext, event: PeerCallEvent): boolean =>
	context.chosenParty !== undefined &&
	(context.chosenParty ?? '') === partyOf(event as { partyId?: string }) &&
	!isForeign(context, event);

/** Party ids come from outside: one may be called "constructor". */
export const candidatesOf = (context: PeerCallContext, party: string): Candidate[] =>
	Object.hasOwn(context.incoming, party) ? (context.incoming[party] ?? []) : [];

type Negotiate = Extract<RemoteEvent, { type: 'REMOTE_NEGOTIATE' }>;
/** The type promises a description; what was read from a wire may break that promise. */
export const isIncomplete = (event: PeerCallEvent): boolean => {
	if (event.type !== 'REMOTE_NEGOTIATE') return false;
	const description = event.description as Partial<Negotiate['description']> | undefined;
	const hasType = description?.type === 'offer' || description?.type === 'answer';
	return !hasType || typeof description.sdp !== 'string' || description.sdp === '';
};
export const isExpired = (event: PeerCallEvent): boolean =>
	event.type === 'REMOTE_NEGOTIATE' &&
	event.lifetimeMs !== undefined &&
	(event.ageMs ?? 0) >= event.lifetimeMs;
/** The number of a negotiate in its call; null where the wire has none. */
export const seqOf = (event: PeerCallEvent): number | null =>
	(event.type === 'REMOTE_NEGOTIATE' ? event.seq : undefined) ?? null;
/** An answer to an offer that was withdrawn would be taken for one to the next. */
export const answersOurOffer = ({ offerSeq }: PeerCallContext, event: PeerCallEvent): boolean =>
	event.type === 'REMOTE_NEGOTIATE' && (event.answersSeq ?? offerSeq) === offerSeq;
/** A negotiate that may be acted on. */
export const isNegotiate = (
	context: PeerCallContext,
	event: PeerCallEvent,
	type: Negotiate['description']['type']
): boolean =>
	event.type === 'REMOTE_NEGOTIATE' &&
	!isForeign(context, event) &&
	!isIncomplete(event) &&
	!isExpired(event) &&
	event.description.type === type;

/** Talk's wire knows no negotiate: a second offer with the same call id is one. */
export const isTalkOffer = (context: PeerCallContext, event: PeerCallEvent): boolean =>
	!isNative(context) && isOurInvite(context, event);

/** The media server offers, we answer; asking for another offer is the owner's affair. */
export const neverOffers = ({ input }: PeerCallContext): boolean => input.profile === 'sfuSubscriber';

/** Natively either side restarts; in Talk's mesh the offering one; a connection with a media server is rebuilt. */
export const mayRestartIce = (context: PeerCallContext): boolean =>
	context.restarts < context.timings.iceRestarts &&
	(isNative(context) || (context.input.profile === 'talkMesh' && !isPolite(context)));

/** The other side can know this call: from the moment something was handed over, or something was heard. */
const otherSideMayKnow = (context: PeerCallContext): boolean =>
	context.isHandedOver || context.wasRemoteHeard;

export const mustTell = (context: PeerCallContext): boolean =>
	context.end !== null &&
	context.end.how !== 'silent' &&
	isTold(context.end.reason) &&
	otherSideMayKnow(context);
