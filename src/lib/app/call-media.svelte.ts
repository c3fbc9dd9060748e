import { onDestroy, untrack } from 'svelte';
import { createActor } from 'xstate';
import { callQuality, type CallQuality } from '../domain/call/links.ts';
import {
	qualityMachine,
	savingOf,
	type QualityNews,
	type SavingStep
} from '../domain/call/quality-machine.ts';
import type { LocalMediaNews } from '../domain/media/local-media-machine.ts';
import { justLive, nextMutedVoice, nextSilence, nobodySpoke } from '../domain/media/own-microphone.ts';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { CallScene } from './call-scene.svelte.ts';
import type { VisitScene } from './visit-scene.svelte.ts';
import { watchSleep } from './watch-sleep.ts';

/** What is said beside the microphone: that we speak and are not heard, or would not be. */
export type MicrophoneHint = 'muted' | 'silent' | 'paused';

interface Sources {
	visit: VisitScene;
	call: CallScene;
	isIn: () => boolean;
	preferences: () => Preferences;
	/** Steps for the sake of the sound, and devices that come and go. */
	ontold: (news: QualityNews | LocalMediaNews | { type: 'MUTED_BY_GAP' }) => void;
	/** Measuring while muted would keep a phone's sign of recording on. */
	isPhone: boolean;
}

/** How often connections are asked how they do, the second of gathering not counted. */
const lookEveryMs = 1_000;
/** Who was away for longer may be talking to somebody else by now. */
const gapMs = 120_000;

/** What a call does about its media by itself. To be made while a component starts: it lives as long as that. */
export class CallMedia {
	/** Cameras off, theirs and ours; sound and screens as slim as they are still good for. */
	savesData = $state(false);
	hint: MicrophoneHint | null = $state(null);
	readonly #sources: Sources;
	readonly #actor = createActor(qualityMachine);
	readonly #quality = new ActorView<typeof qualityMachine>(this.#actor);

	constructor(sources: Sources) {
		this.#sources = sources;
		this.#actor.on('*', sources.ontold);
		this.#actor.start();
		const news = sources.visit.media.on('*', sources.ontold);
		onDestroy(() => {
			this.#actor.stop();
			news.unsubscribe();
		});
		this.#keepQuality();
		this.#keepLimits();
		this.#listen();
		this.#muteAfterGap();
	}

	readonly quality: CallQuality = $derived.by(() => this.#quality.snapshot.context);

	undo(step: SavingStep): void {
		this.#actor.send({ type: 'UNDO', step });
	}

	saveData(saves: boolean): void {
		const { visit } = this.#sources;
		this.savesData = saves;
		// what was on before is not turned on again: nobody is filmed without a press
		if (saves && visit.camera.intent === 'on') visit.toggle('camera');
	}

	#keepQuality(): void {
		const { call, isIn } = this.#sources;
		// looks at the connections for as long as the call lasts
		$effect(() => {
			if (isIn()) call.send({ type: 'WATCH_STATS', everyMs: lookEveryMs });
		});
		// each look is judged
		$effect(() => {
			const { links } = call;
			const offers = untrack(() => this.#offers());
			if (isIn()) this.#actor.send({ type: 'LOOKED', seen: callQuality(links), offers });
		});
		// what is given up is asked for no more
		$effect(() => {
			const saving = savingOf(this.#quality.snapshot.context.taken, this.savesData);
			if (isIn()) call.send({ type: 'SAVE_PICTURES', saving });
		});
	}

	#offers(): SavingStep[] {
		const { call, visit } = this.#sources;
		const shown = call.view.tiles.filter(
			({ memberKey, source, video }) => memberKey !== 'self' && source === 'camera' && video === 'on'
		);
		return [
			...(call.hasSizes && shown.length > 0 ? (['size'] as const) : []),
			...(shown.length > 1 ? (['beside-stage'] as const) : []),
			...(shown.length > 0 ? (['cameras'] as const) : []),
			...(visit.camera.intent === 'on' ? (['own-camera'] as const) : [])
		];
	}

	#keepLimits(): void {
		const { call, isIn, preferences } = this.#sources;
		// what is sent follows the settings and the mode
		$effect(() => {
			const wish = { quality: preferences().sendQuality, savesData: this.savesData };
			if (isIn()) call.send({ type: 'LIMIT_SENDING', wish });
		});
	}

	#listen(): void {
		const { visit, isIn, preferences, isPhone } = this.#sources;
		const levels = visit.kit.levels;
		const track = $derived(isIn() ? visit.microphoneTrack : null);
		const isMuted = $derived(visit.microphone.intent === 'off');
		const tellsMuted = $derived(preferences().hintsWhenMuted && !isPhone);
		const isPaused = $derived(visit.isMicrophonePaused && !isMuted);
		// says so when a voice is heard that nobody else hears
		$effect(() => {
			if (track === null || !isMuted || !tellsMuted) return;
			let state = nobodySpoke;
			const stop = levels.watchLevel(
				track,
				(levelDb) => {
					const next = nextMutedVoice(state, { levelDb, nowMs: performance.now() });
					state = next.state;
					if (next.isHint) this.hint = 'muted';
				},
				{ hz: 5 }
			);
			return () => {
				stop();
				if (this.hint === 'muted') this.hint = null;
			};
		});
		// says so when a microphone that is on gives nothing
		$effect(() => {
			if (track === null || isMuted || isPaused) return;
			let state = justLive;
			const stop = levels.watchLevel(
				track,
				(levelDb) => {
					const next = nextSilence(state, { levelDb, nowMs: performance.now() });
					state = next.state;
					if (next.isHint) this.hint = 'silent';
					else if (this.hint === 'silent' && levelDb > heardDb) this.hint = null;
				},
				{ hz: 4 }
			);
			return () => {
				stop();
				if (this.hint === 'silent') this.hint = null;
			};
		});
		// the system may take the microphone for something else
		$effect(() => {
			if (!isPaused) return;
			this.hint = 'paused';
			return () => {
				if (this.hint === 'paused') this.hint = null;
			};
		});
	}

	#muteAfterGap(): void {
		const { call, visit, isIn, ontold } = this.#sources;
		let awaySince: number | null = null;
		const isAway = $derived(call.view.network === 'lost' || call.view.network === 'reconnecting');
		// whoever comes back after long is not heard unasked
		const mute = () => {
			if (visit.microphone.intent === 'off') return;
			visit.toggle('microphone');
			ontold({ type: 'MUTED_BY_GAP' });
		};
		// a connection that broke in its sleep looks to a computer as if it did just now
		$effect(() => (isIn() ? watchSleep(gapMs, mute) : undefined));
		$effect(() => {
			if (isAway) {
				awaySince ??= Date.now();
				return;
			}
			const lastedMs = awaySince === null ? 0 : Date.now() - awaySince;
			awaySince = null;
			if (lastedMs > gapMs) untrack(mute);
		});
	}
}

const heardDb = -60;
