import { fromPromise, setup, type ActorRefFrom, type AnyActorRef, type SnapshotFrom } from 'xstate';
import { localMediaMachine } from '../media/local-media-machine.ts';
import type { MediaChoice } from '../store/ongoing-call.ts';
import { tabActor } from '../store/tab-actor.ts';
import { lookAt } from './look-at.ts';
import type { CallEngine, Found, VisitContext, VisitEvent, VisitInput } from './types.ts';

const lookUp = fromPromise<Found, VisitContext>(async ({ input: { input, hasLooked } }) => {
	return input.firstLook !== null && !hasLooked ? input.firstLook : lookAt(input.api, input.token);
});

const loadEngine = fromPromise<CallEngine, VisitInput>(({ input }) => input.loadEngine());

/** The types of a visit and the actors that it runs: what the files of words build on. */
export const visitFoundation = setup({
	types: {
		context: {} as VisitContext,
		input: {} as VisitInput,
		events: {} as VisitEvent
	},
	actors: { media: localMediaMachine, tabs: tabActor, lookUp, loadEngine }
});

/** The devices as they are now. */
export const mediaOf = (visit: {
	getSnapshot: () => { children: Record<string, AnyActorRef | undefined> };
}): SnapshotFrom<typeof localMediaMachine> | undefined => {
	const { media } = visit.getSnapshot().children as { media?: ActorRefFrom<typeof localMediaMachine> };
	return media?.getSnapshot();
};

export const choiceOf = (snapshot: SnapshotFrom<typeof localMediaMachine>): MediaChoice => ({
	microphone: snapshot.context.microphone.intent,
	camera: snapshot.context.camera.intent,
	microphoneDevice: snapshot.context.microphone.opened,
	cameraDevice: snapshot.context.camera.opened
});
