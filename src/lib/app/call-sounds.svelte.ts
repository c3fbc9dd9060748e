import { createEffectSounds } from '../adapters/webrtc/effect-sounds.ts';
import type { CallView } from '../domain/call/call-view.ts';
import { soundsBetween, soundToPlay, type SoundMoment } from '../domain/call/sounds.ts';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import type { VisitKit } from './visit-kit.ts';

interface Sources {
	/** The call runs: from the press of Join on, which is also when browsers let a page be heard. */
	isIn: () => boolean;
	view: () => CallView;
	/** Unread messages, while the chat is closed. */
	unread: () => number;
	isRecording: () => boolean;
	/** We are heard to speak. */
	isTalking: () => boolean;
	preferences: () => Preferences;
}

/** An outage shorter than this is no sound. */
const lostAfterMs = 8_000;

/** Lets a call be heard: who comes and goes, hands, messages, the connection. To be called while a component starts. */
export function hearCall(kit: VisitKit, sources: Sources): void {
	// sets that nobody changes
	/* eslint-disable svelte/prefer-svelte-reactivity */
	const momentOf = (view: CallView): SoundMoment => {
		const others = view.people.filter(({ memberKey }) => memberKey !== 'self');
		return {
			isJoined: view.phase === 'joined',
			others: new Set(others.map(({ memberKey }) => memberKey)),
			hands: new Set(others.filter(({ handOrder }) => handOrder !== null).map(({ memberKey }) => memberKey)),
			unread: sources.unread(),
			isRecording: sources.isRecording(),
			isLost
		};
	};
	/* eslint-enable svelte/prefer-svelte-reactivity */
	let isLost = $state(false);
	// an outage counts once it has lasted; the end of it at once
	$effect(() => {
		const { lostSince } = sources.view();
		if (lostSince === null) {
			isLost = false;
			return;
		}
		const timer = setTimeout(() => (isLost = true), lostSince + lostAfterMs - Date.now());
		return () => clearTimeout(timer);
	});
	// what happened since the last change of anything
	$effect(() => {
		if (!sources.isIn()) return;
		const sounds = createEffectSounds(kit.notes, kit.roost.log.warn);
		let before: SoundMoment | null = null;
		let heardAt = -Infinity;
		$effect(() => {
			const view = sources.view();
			const after = momentOf(view);
			const { silentSounds, soundVolume, speakerDevice } = sources.preferences();
			const happened = before === null ? [] : soundsBetween(before, after);
			before = after;
			const name = soundToPlay(happened, {
				people: view.people.length,
				isSpeaking: sources.isTalking(),
				silent: silentSounds,
				now: performance.now(),
				heardAt
			});
			if (name === null || soundVolume === 0) return;
			heardAt = performance.now();
			sounds.play(name, soundVolume, speakerDevice?.deviceId ?? '');
		});
		return () => sounds.stop();
	});
}
