import { createActor, type Actor, type ActorRefFrom } from 'xstate';
import { createModerationApi } from '../adapters/talk/http/moderation-api.ts';
import { createOcs } from '../adapters/talk/http/ocs-request.ts';
import { createEffectSounds } from '../adapters/webrtc/effect-sounds.ts';
import type { groupCallMachine } from '../domain/call/group-call-machine.ts';
import type { Deed, Order } from '../domain/moderation/deeds.ts';
import { moderationMachine, type ModerationEmitted } from '../domain/moderation/moderation-machine.ts';
import { isModerating, peopleView, type PeopleView } from '../domain/moderation/people-view.ts';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import { aloneMachine } from '../domain/visit/alone-machine.ts';
import { ActorView } from './actor-view.svelte.ts';
import { keepEqual } from './keep-equal.ts';
import type { VisitKit } from './visit-kit.ts';

type CallActor = ActorRefFrom<typeof groupCallMachine>;

interface Sources {
	call: CallActor;
	/** What the server can do, by Talk's names. */
	features: () => readonly string[];
	/** What became of what a moderator asked for. */
	onoutcome: (outcome: ModerationEmitted) => void;
	/** Somebody was alone for long, and did not answer. */
	onforgotten: () => void;
}

/** Who is in the room of a call beside those in the call, and what a moderator does about them. */
export class PeopleScene {
	readonly #actor: Actor<typeof moderationMachine>;
	readonly #known: ActorView<typeof moderationMachine>;
	readonly #call: ActorView<typeof groupCallMachine>;
	readonly #features: () => readonly string[];
	readonly #kit: VisitKit;
	readonly #alone: Actor<typeof aloneMachine>;
	readonly #aloneView: ActorView<typeof aloneMachine>;

	constructor(kit: VisitKit, { call, features, onoutcome, onforgotten }: Sources) {
		const context = () => call.getSnapshot().context;
		this.#kit = kit;
		this.#features = features;
		this.#alone = createActor(aloneMachine, { input: { now: () => Date.now() } });
		this.#alone.on('FORGOTTEN', onforgotten);
		this.#aloneView = new ActorView<typeof aloneMachine>(this.#alone);
		this.#alone.start();
		this.#call = new ActorView<typeof groupCallMachine>(call, 'frame');
		this.#actor = createActor(moderationMachine, {
			input: {
				api: {
					...createModerationApi(createOcs(kit.roost.ocsEdges)),
					lookUpRoom: async (token) => kit.api.lookUpRoom(token)
				},
				token: context().input.room.token,
				isModerating: () => isModerating(context()),
				roomSessionOf: (session) => context().roster[session]?.nextcloudSessionId ?? null,
				order: ({ kind, whom }) => call.send({ type: 'ORDER', order: kind, whom }),
				unmoved: ({ kind, whom }) =>
					whom.filter((session) => {
						const { roster, said } = context();
						const entry = Object.hasOwn(roster, session) ? roster[session] : undefined;
						if (entry?.presence.inCall !== true) return false;
						const state = Object.hasOwn(said, session) ? said[session] : undefined;
						return kind === 'mute'
							? entry.presence.audio && state?.microphone !== 'off'
							: state?.handRaisedAt != null;
					})
			}
		});
		for (const type of ['DEED_DONE', 'DEED_FAILED', 'ORDER_UNHEARD'] as const) {
			this.#actor.on(type, onoutcome);
		}
		this.#known = new ActorView<typeof moderationMachine>(this.#actor);
		this.#actor.start();
	}

	#viewBefore: PeopleView | null = null;
	readonly view: PeopleView = $derived.by(() => {
		const view = peopleView(this.#call.snapshot.context, this.#known.snapshot.context, this.#features());
		return (this.#viewBefore = keepEqual(this.#viewBefore, view));
	});

	/** Somebody looks at the list: it is read, and read again. @returns ends it */
	look(): () => void {
		this.#actor.send({ type: 'OPENED' });
		return () => this.#actor.send({ type: 'CLOSED' });
	}

	do(deed: Deed): void {
		this.#actor.send({ type: 'DO', deed });
	}

	order(order: Order): void {
		this.#actor.send({ type: 'ORDER', order });
	}

	/** When somebody who is alone leaves by themselves, local clock, unix ms; null: not soon. */
	readonly leavesAt: number | null = $derived.by(() => this.#aloneView.snapshot.context.leavesAt);

	noteAlone(isAlone: boolean): void {
		this.#alone.send({ type: isAlone ? 'ALONE' : 'ACCOMPANIED' });
	}
	stay(): void {
		this.#alone.send({ type: 'STAY' });
	}

	/** The waiting is over. @returns silences it */
	chime({ silentSounds, soundVolume, speakerDevice }: Preferences): () => void {
		const sounds = createEffectSounds(this.#kit.notes, this.#kit.roost.log.warn);
		if (!silentSounds.includes('join') && soundVolume > 0) {
			sounds.play('join', soundVolume, speakerDevice?.deviceId ?? '');
		}
		return () => sounds.stop();
	}

	stop(): void {
		this.#alone.stop();
		this.#actor.stop();
	}
}
