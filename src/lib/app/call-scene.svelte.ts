import { createSubscriber } from 'svelte/reactivity';
import type { ActorRefFrom, SnapshotFrom } from 'xstate';
import { ownStreams, projectCall } from '../domain/call/call-projection.ts';
import { noCall, type CallView } from '../domain/call/call-view.ts';
import type { groupCallMachine } from '../domain/call/group-call-machine.ts';
import type { Link } from '../domain/call/links.ts';
import { picturesFor } from '../domain/call/picture-size.ts';
import type { signalingSessionMachine } from '../domain/call/signaling-session-machine.ts';
import { chatView } from '../domain/chat/chat-log.ts';
import type { chatMachine } from '../domain/chat/chat-machine.ts';
import type { ChatView } from '../domain/chat/chat-view.ts';
import type { TrackId } from '../domain/media/capture.ts';
import type { localMediaMachine } from '../domain/media/local-media-machine.ts';
import { nextTalking, quiet } from '../domain/media/speaking.ts';
import type { Mentionable } from '../domain/talk-api.ts';
import type { SessionId } from '../protocol/ids.ts';
import { ActorView } from './actor-view.svelte.ts';
import type { LoadedEngine } from './call-engine.ts';
import { keepEqual } from './keep-equal.ts';
import type { VisitKit } from './visit-kit.ts';

type CallActor = ActorRefFrom<typeof groupCallMachine>;
type ChatActor = ActorRefFrom<typeof chatMachine>;
type Sending = Extract<Parameters<ChatActor['send']>[0], { type: 'SEND' }>;
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
		return call === null ? null : new ActorView<typeof groupCallMachine>(call, 'frame');
	});
	/** In an object of its own each time: the snapshot is the same one when only an actor of the call has changed. */
	readonly #now = $derived.by(() => ({ snapshot: this.#call?.snapshot }));
	get #snapshot(): SnapshotFrom<typeof groupCallMachine> | undefined {
		return this.#now.snapshot;
	}
	readonly #media: ActorView<typeof localMediaMachine>;
	readonly #trackStreams: () => void;

	constructor(kit: VisitKit, engine: LoadedEngine, media: MediaActor, sources: Sources) {
		this.#kit = kit;
		this.#engine = engine;
		this.#sources = sources;
		this.#media = new ActorView<typeof localMediaMachine>(media);
		this.#trackStreams = createSubscriber((update) => engine.remoteStreams.subscribe(update));
	}

	/* most of what happens in a call is not seen: candidates, keys, figures about a connection */
	#viewBefore: CallView | null = null;
	readonly view: CallView = $derived.by(() => {
		const view =
			this.#snapshot === undefined ? noCall : projectCall(this.#snapshot, this.#media.snapshot.context);
		return (this.#viewBefore = keepEqual(this.#viewBefore, {
			...view,
			reactions: this.#sources.reactions()
		}));
	});

	/** The same as long as nothing happens in the chat, whatever does in the call. */
	readonly #chatSnapshot = $derived(
		(this.#snapshot?.children['chat'] as ChatActor | undefined)?.getSnapshot()
	);
	readonly chat: ChatView | null = $derived(
		this.#chatSnapshot === undefined
			? null
			: chatView(this.#chatSnapshot.context, this.#chatSnapshot.value.reading)
	);

	/** What is heard, and of whom: the streams of all connections, screens with sound included. */
	readonly #voices: ReadonlyMap<MediaStream, SessionId> = $derived.by(() => {
		this.#trackStreams();
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- made anew with each change, and never changed itself
		return new Map(
			this.view.tiles.flatMap(({ memberKey, streamKey }) => {
				const stream = streamKey === null ? undefined : this.#engine.remoteStreams.get(streamKey);
				return memberKey === 'self' || stream === undefined ? [] : [[stream, memberKey] as const];
			})
		);
	});
	readonly audible: MediaStream[] = $derived([...this.#voices.keys()]);
	/** Whose voice it is; undefined: somebody who has gone. */
	readonly ownerOf = (stream: MediaStream): SessionId | undefined => this.#voices.get(stream);
	/** We are heard to speak. */
	isTalking = $state(false);

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

	/** Each connection as it did lately, for as long as somebody watches. */
	readonly links: readonly Link[] = $derived(this.#snapshot?.context.links ?? []);
	/** A media server stands in between. */
	readonly isRelayed: boolean = $derived(this.#snapshot?.context.topology === 'sfu');
	/** Pictures of others come in a size of our choice. */
	readonly hasSizes: boolean = $derived(this.isRelayed && this.#snapshot?.context.hasSimulcast === true);

	readonly #signalingRef = $derived(
		this.#snapshot?.children['signaling'] as ActorRefFrom<typeof signalingSessionMachine> | undefined
	);
	readonly #signaling = $derived(
		this.#signalingRef === undefined
			? null
			: new ActorView<typeof signalingSessionMachine>(this.#signalingRef)
	);
	/** Names one wait between two attempts; null: none is waited for. */
	readonly #wait: string | null = $derived.by(() => {
		const { value, context } = this.#signaling?.snapshot ?? {};
		return value === 'waiting' && context ? `${context.failures} ${context.retryInMs}` : null;
	});
	/** Local clock, unix ms: when signaling is tried again; null: it works, or is being tried. */
	readonly retryAt: number | null = $derived(
		this.#wait === null ? null : Date.now() + Number(this.#wait.split(' ')[1])
	);

	/** As it is now, for what a person does: they may be ahead of what is shown. */
	get #chat(): ChatActor | undefined {
		return this.#call?.actor.getSnapshot().children['chat'] as ChatActor | undefined;
	}

	send(event: Parameters<CallActor['send']>[0]): void {
		this.#call?.actor.send(event);
	}

	sendToChat(event: Parameters<ChatActor['send']>[0]): void {
		this.#chat?.send(event);
	}

	/** What a person does in the chat, wherever its panel stands. */
	readonly chatDeeds = {
		onsend: (text: string, how: Pick<Sending, 'replyTo' | 'mentions'>) =>
			this.sendToChat({ type: 'SEND', text, ...how }),
		onask: (wish: Parameters<ChatActor['send']>[0]) => this.sendToChat(wish),
		/** @returns who can be spoken to in a message; nobody, when the server does not say */
		onmentions: async (search: string): Promise<readonly Mentionable[]> => {
			const chat = this.#chat?.getSnapshot().context;
			return (await chat?.api.fetchMentionable(chat.token, search).catch(() => [])) ?? [];
		},
		onretry: (referenceId: string) => this.sendToChat({ type: 'RETRY', referenceId }),
		onloadolder: () => this.sendToChat({ type: 'LOAD_OLDER' }),
		onreload: () => this.sendToChat({ type: 'REFRESH' }),
		onseen: () => this.sendToChat({ type: 'OPENED' })
	};

	/** What is shown small or not at all need not be sent in full. @param looks height of each picture, in pixels */
	lookAt(looks: readonly { memberKey: SessionId | 'self'; lines: number }[]): void {
		this.send({ type: 'LOOK_AT', pictures: picturesFor(looks) });
	}

	/** Ends our session at the server at once, as a page that goes away must. */
	vanish(): void {
		const signaling = this.#call?.actor.getSnapshot().children['signaling'];
		(signaling as { send: (event: { type: 'STOP' }) => void } | undefined)?.send({ type: 'STOP' });
	}

	/** Measures somebody's voice four times a second. @returns ends it */
	readonly watchVoice = (streamKey: string, listener: (levelDb: number) => void): (() => void) => {
		const stream = this.streamOf(streamKey);
		return stream ? this.#kit.levels.watchLevel(stream, listener, { hz: 4 }) : () => undefined;
	};

	/** Tells the others when we speak, as measured on our own microphone. @returns ends it */
	watchOwnVoice(microphone: TrackId): () => void {
		let speaking = quiet;
		const say = (state: 'on' | 'off') => {
			this.isTalking = state === 'on';
			this.send({ type: 'SPEAKING', state });
		};
		const stop = this.#kit.levels.watchLevel(
			microphone,
			(level) => {
				const next = nextTalking(speaking, level);
				if (next.isSpeaking !== speaking.isSpeaking) say(next.isSpeaking ? 'on' : 'off');
				speaking = next;
			},
			{ hz: 10 }
		);
		return () => {
			stop();
			if (speaking.isSpeaking) say('off');
		};
	}
}
