import { createSubscriber } from 'svelte/reactivity';
import type { ActorRefFrom } from 'xstate';
import { ownStreams, projectCall } from '../domain/call/call-projection.ts';
import { noCall, type CallView } from '../domain/call/call-view.ts';
import type { groupCallMachine } from '../domain/call/group-call-machine.ts';
import { picturesFor } from '../domain/call/picture-size.ts';
import { chatView } from '../domain/chat/chat-log.ts';
import type { chatMachine } from '../domain/chat/chat-machine.ts';
import type { ChatView } from '../domain/chat/chat-view.ts';
import type { TrackId } from '../domain/media/capture.ts';
import type { localMediaMachine } from '../domain/media/local-media-machine.ts';
import { nextSpeaking, silence } from '../domain/media/speaking.ts';
import type { SessionId } from '../protocol/ids.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { LoadedEngine } from './call-engine.ts';
import type { VisitKit } from './visit-kit.ts';

type CallActor = ActorRefFrom<typeof groupCallMachine>;
type ChatActor = ActorRefFrom<typeof chatMachine>;
type MediaActor = ActorRefFrom<typeof localMediaMachine>;

interface Sources {
	/** null: not yet. */
	call: () => CallActor | null;
	/** Reactions that the server's other clients know. */
	reactions: () => readonly string[];
}

/**
 * A call as a page sees it: values that follow the machines, and the intentions that go back to them. The page may be
 * there before the call is.
 */
export class CallScene {
	readonly #kit: VisitKit;
	readonly #engine: LoadedEngine;
	readonly #sources: Sources;
	readonly #call = $derived.by(() => {
		const call = this.#sources.call();
		return call === null ? null : new ActorView<typeof groupCallMachine>(call);
	});
	readonly #media: ActorView<typeof localMediaMachine>;
	readonly #trackStreams: () => void;

	constructor(kit: VisitKit, engine: LoadedEngine, media: MediaActor, sources: Sources) {
		this.#kit = kit;
		this.#engine = engine;
		this.#sources = sources;
		this.#media = new ActorView<typeof localMediaMachine>(media);
		this.#trackStreams = createSubscriber((update) => engine.remoteStreams.subscribe(update));
	}

	readonly view: CallView = $derived.by(() => ({
		...(this.#call === null ? noCall : projectCall(this.#call.snapshot, this.#media.snapshot.context)),
		reactions: this.#sources.reactions()
	}));

	readonly chat: ChatView | null = $derived.by(() => {
		const chat = this.#chat;
		if (chat === undefined) return null;
		const { context, value } = chat.getSnapshot();
		return chatView(context, value.reading);
	});

	/** What is heard: the streams of all connections, screens with sound included. */
	readonly audible: MediaStream[] = $derived.by(() => {
		this.#trackStreams();
		const keys = this.view.tiles.flatMap(({ memberKey, streamKey }) =>
			memberKey === 'self' || streamKey === null ? [] : [streamKey]
		);
		return keys.flatMap((key) => this.#engine.remoteStreams.get(key) ?? []);
	});

	readonly streamOf = (streamKey: string): MediaStream | null => {
		const { camera, screen } = this.#media.snapshot.context;
		if (streamKey === ownStreams.camera) {
			return camera.trackId === null ? null : this.#kit.localTracks.streamOf([camera.trackId]);
		}
		if (streamKey === ownStreams.screen) {
			return screen.video === null ? null : this.#kit.localTracks.streamOf([screen.video]);
		}
		this.#trackStreams();
		return this.#engine.remoteStreams.get(streamKey) ?? null;
	};

	get #chat(): ChatActor | undefined {
		return this.#call?.snapshot.children['chat'] as ChatActor | undefined;
	}

	send(event: Parameters<CallActor['send']>[0]): void {
		this.#call?.actor.send(event);
	}

	sendToChat(event: Parameters<ChatActor['send']>[0]): void {
		this.#chat?.send(event);
	}

	/** What is shown small or not at all need not be sent in full. @param looks height of each picture, in pixels */
	lookAt(looks: readonly { memberKey: SessionId | 'self'; lines: number }[]): void {
		this.send({ type: 'LOOK_AT', pictures: picturesFor(looks) });
	}

	/** Ends our session at the server at once, as a page that goes away must. */
	vanish(): void {
		const signaling = this.#call?.actor.getSnapshot().children['signaling'];
		(signaling as { send: (event: { type: 'STOP' }) => void } | undefined)?.send({ type: 'STOP' });
	}

	/** Tells the others when we speak, as measured on our own microphone. @returns ends it */
	watchOwnVoice(microphone: TrackId): () => void {
		let speaking = silence;
		const say = (state: 'on' | 'off') => this.send({ type: 'SPEAKING', state });
		const stop = this.#kit.levels.watchLevel(
			microphone,
			(level) => {
				const next = nextSpeaking(speaking, level);
				if (next.isSpeaking !== speaking.isSpeaking) say(next.isSpeaking ? 'on' : 'off');
				speaking = next;
			},
			{ hz: 5 }
		);
		return () => {
			stop();
			if (speaking.isSpeaking) say('off');
		};
	}
}
