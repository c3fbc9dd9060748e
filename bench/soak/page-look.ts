import { readFileSync } from 'node:fs';
import type { Browser, CDPSession, Page } from '@playwright/test';
import type { OpenCounts } from './ledger.ts';

/* What is alive in a page after the garbage is gone, by what the developer tools of the browser say. */

/** Objects that are counted by their kind: alive means that something can still reach them. All of them hear events. */
const kinds = [
	'RTCPeerConnection',
	'RTCDataChannel',
	'MediaStream',
	'MediaStreamTrack',
	'WebSocket',
	'AudioContext',
	'AudioNode',
	'HTMLVideoElement',
	'HTMLAudioElement',
	'BroadcastChannel',
	'AbortSignal'
] as const;
type Kind = (typeof kinds)[number];

/** What can be seen at little cost. */
export interface Glance {
	/** Megabytes after collecting garbage: of JavaScript, and of what the browser keeps for it, such as nodes. */
	heap: number;
	nodesHeap: number;
	/** Megabytes of the process of the page that are its own; null where there is no /proc. */
	memory: number | null;
	nodes: number;
	listeners: number;
	/** As the browser counts them, whether or not a script can reach them. */
	nativeConnections: number;
	nativeAudioNodes: number;
	open: OpenCounts;
}

export interface PageLook extends Glance {
	alive: Record<Kind, number>;
	/** Actors of machines that have not stopped, and those that have and can still be reached. */
	actors: number;
	stoppedActors: number;
	/** Of what kinds the actors are that have not stopped. */
	actorsByLogic: Record<string, number>;
}

interface PageMeter {
	/** Without what has to be searched for in all of the memory. */
	glance(): Promise<Glance>;
	look(): Promise<PageLook>;
	/** Only what the page itself would say is open. */
	open(): Promise<OpenCounts>;
}

const megabytes = (bytes: number) => bytes / 1024 / 1024;

export async function openPageMeter(browser: Browser, page: Page): Promise<PageMeter> {
	const session = await page.context().newCDPSession(page);
	await session.send('HeapProfiler.enable');
	await session.send('Performance.enable');
	const pid = await processOf(browser, page);
	let actorPrototype: string | undefined;

	const counters = async () => {
		const { metrics } = await session.send('Performance.getMetrics');
		return (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
	};
	const collect = async () => {
		// what was written to the console is kept for tools such as these
		await session.send('Runtime.discardConsoleEntries');
		// what the first round sets free may have to say goodbye to the browser before the second can take it
		for (let round = 0; round < 2; round += 1) {
			await session.send('HeapProfiler.collectGarbage');
			await page.evaluate(() => new Promise((settle) => setTimeout(settle, 50)));
		}
	};
	/** Asks of all objects that inherit from one; nothing of it stays in the page. */
	const ask = async <Answer>(prototypeObjectId: string, question: string): Promise<Answer> => {
		const objectGroup = 'soak-look';
		const { objects } = await session.send('Runtime.queryObjects', { prototypeObjectId, objectGroup });
		const { result, exceptionDetails } = await session.send('Runtime.callFunctionOn', {
			objectId: objects.objectId ?? '',
			functionDeclaration: question,
			returnByValue: true
		});
		await session.send('Runtime.releaseObjectGroup', { objectGroup });
		if (exceptionDetails) throw new Error(`could not count: ${exceptionDetails.text}`);
		return result.value as Answer;
	};
	const prototypeOf = async (expression: string) => {
		const { result } = await session.send('Runtime.evaluate', {
			expression,
			objectGroup: 'soak-prototypes'
		});
		return result.objectId ?? '';
	};
	const hearer = await prototypeOf('EventTarget.prototype');

	const readOpen = async () => {
		const open = await page.evaluate(() => globalThis.soakLedger?.open());
		if (open === undefined) throw new Error('the ledger is not installed in this page');
		return open;
	};

	const glance = async (): Promise<Glance> => {
		const open = await readOpen();
		await collect();
		const counter = await counters();
		const { usedSize, embedderHeapUsedSize } = (await session.send('Runtime.getHeapUsage')) as {
			usedSize: number;
			embedderHeapUsedSize?: number;
		};
		return {
			heap: megabytes(usedSize),
			nodesHeap: megabytes(embedderHeapUsedSize ?? 0),
			memory: pid === undefined ? null : ownMemory(pid),
			nodes: counter('Nodes'),
			listeners: counter('JSEventListeners'),
			nativeConnections: counter('RTCPeerConnections'),
			nativeAudioNodes: counter('AudioHandlers'),
			open
		};
	};

	return {
		open: readOpen,
		glance,
		look: async () => {
			actorPrototype ??= await findActors(session);
			const actors = await ask<[string, number][]>(actorPrototype, nameActors);
			const alive = await ask<Record<Kind, number>>(hearer, countKinds);
			const running = actors.filter(([, status]) => status !== stopped).map(([logic]) => logic);
			const actorsByLogic = Object.fromEntries(
				[...new Set(running)]
					.sort()
					.map((logic) => [logic, running.filter((other) => other === logic).length])
			);
			return {
				...(await glance()),
				alive,
				actors: running.length,
				stoppedActors: actors.length - running.length,
				actorsByLogic
			};
		}
	};
}

/** Prototypes of kinds inherit from each other as well, and are no objects of them. */
const countKinds = `function () {
	const kinds = ${JSON.stringify(kinds)}.map((name) => [name, globalThis[name]]);
	const counts = Object.fromEntries(kinds.map(([name]) => [name, 0]));
	for (const it of this) {
		if (Object.hasOwn(it, 'constructor')) continue;
		for (const [name, kind] of kinds) if (it instanceof kind) counts[name] += 1;
	}
	return counts;
}`;

/** What XState says of an actor that has come to its end. */
const stopped = 2;

/** Of each actor: what it runs, and how far it has come. */
const nameActors = `function () {
	return this.flatMap((actor) =>
		typeof actor._processingStatus === 'number'
			? [[String(actor.logic?.id ?? (typeof actor.src === 'string' ? actor.src : 'other')), actor._processingStatus]]
			: []
	);
}`;

/** The class of XState's actors is nowhere to be had by name: it is the one of an object that looks like an actor. */
async function findActors(session: CDPSession): Promise<string> {
	const objectGroup = 'soak-search';
	const { result: everything } = await session.send('Runtime.evaluate', {
		expression: 'Object.prototype',
		objectGroup
	});
	const { objects } = await session.send('Runtime.queryObjects', {
		prototypeObjectId: everything.objectId ?? '',
		objectGroup
	});
	const { result } = await session.send('Runtime.callFunctionOn', {
		objectId: objects.objectId ?? '',
		functionDeclaration: `function () {
			const looksLikeOne = (it) =>
				['_processingStatus', 'mailbox', 'logic', 'system'].every((field) => Object.hasOwn(it, field));
			for (const it of this) {
				try {
					if (looksLikeOne(it)) return Object.getPrototypeOf(it);
				} catch {
					// a proxy or a page of another origin that does not want to be asked
				}
			}
		}`,
		objectGroup: 'soak-prototypes'
	});
	await session.send('Runtime.releaseObjectGroup', { objectGroup });
	if (result.objectId === undefined) throw new Error('no actor was found in the page');
	return result.objectId;
}

/** Memory of a process that it does not share with others. */
function ownMemory(pid: number): number | null {
	try {
		const found = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
		return found ? Number(found[1]) / 1024 : null;
	} catch {
		return null;
	}
}

/** Which process a page is in: the one that gets busy when the page does. */
async function processOf(browser: Browser, page: Page): Promise<number | undefined> {
	const tools = await browser.newBrowserCDPSession();
	const times = async () => {
		const { processInfo } = await tools.send('SystemInfo.getProcessInfo');
		return new Map(
			processInfo.filter(({ type }) => type === 'renderer').map(({ id, cpuTime }) => [id, cpuTime])
		);
	};
	const before = await times();
	await page.evaluate(() => {
		const until = performance.now() + 500;
		while (performance.now() < until);
	});
	const after = await times();
	await tools.detach();
	const grown = [...after].map(([id, time]) => ({ id, by: time - (before.get(id) ?? 0) }));
	return grown.sort((one, other) => other.by - one.by)[0]?.id;
}
