import type { Link, LinkQuality } from '$lib/domain/call/links.ts';
import type { StreamDetail } from '$lib/domain/call/peer-connection.ts';
import type { ConnectionText } from '../messages/connection-text.ts';

/** One connection as a table of names and values. */
export interface ConnectionTable {
	key: string;
	/** Whom it is with, and what it carries. */
	title: string;
	rows: { name: string; value: string }[];
}

const ranks: readonly LinkQuality[] = ['good', 'weak', 'very-weak'];

/** Plain words first: how it is, which way it goes, who could listen, what holds us back. */
export function connectionWords(
	links: readonly Link[],
	{ isRelayed, isOnline }: { isRelayed: boolean; isOnline: boolean },
	text: ConnectionText
): string[] {
	const words = text.connection;
	const details = links.flatMap(({ detail }) => detail ?? []);
	const worst = ranks.findLast((rank) => links.some(({ quality }) => quality === rank));
	// the longest way is the one that explains a delay
	const route = details.some((one) => one.route === 'relay') ? 'relay' : (details[0]?.route ?? null);
	const protocol = (['tls', 'tcp', 'udp'] as const).find((name) =>
		details.some((one) => one.protocol === name)
	);
	const limitation = (['cpu', 'bandwidth'] as const).find((name) =>
		details.some((one) => one.limitation === name)
	);
	return [
		worst === undefined ? words.alone : words.quality[worst],
		...(isRelayed ? [words.toServer] : []),
		...(route === null || (isRelayed && route === 'direct') ? [] : [words.route[route]]),
		...(protocol === undefined ? [] : [words.protocols[protocol]]),
		isRelayed ? words.encryptedToServer : words.encryptedBetween,
		...(limitation === undefined ? [] : [limitation === 'cpu' ? words.cpuLimited : words.bandwidthLimited]),
		words.signaling[isOnline ? 'online' : 'offline']
	];
}

const streamWords = ({ codec, width, height, fps }: StreamDetail, text: ConnectionText): string =>
	[
		codec,
		width === null || height === null ? null : `${width} × ${height}`,
		fps === null ? null : text.connection.frames(Math.round(fps))
	]
		.filter((part) => part !== null)
		.join(', ');

/** @param nameOf whom a connection is with; with a media server what we send is with nobody */
export function connectionTables(
	links: readonly Link[],
	nameOf: (link: Link) => string,
	text: ConnectionText
): ConnectionTable[] {
	const words = text.connection;
	const ms = (value: number | null) => (value === null ? null : words.milliseconds(Math.round(value)));
	const share = (value: number | null) =>
		value === null ? null : words.percent(Math.round(value * 1_000) / 10);
	const bps = (value: number | null) => (value === null ? null : words.kilobits(Math.round(value / 1_000)));
	return links.map((link) => {
		const { callId, kind, detail } = link;
		const name = nameOf(link);
		const rows: [string, string | null][] = [
			[words.rows.roundTrip, ms(link.roundTripMs)],
			[words.rows.jitter, ms(link.jitterMs)],
			[words.rows.lossIn, share(link.lossIn)],
			[words.rows.lossOut, share(link.lossOut)],
			[words.rows.received, bps(link.receivedBps)],
			[words.rows.sent, bps(link.sentBps)],
			[words.rows.available, bps(detail?.availableBps ?? null)],
			[words.rows.way, [detail?.route, detail?.protocol?.toUpperCase()].filter(Boolean).join(', ') || null],
			...(detail?.streams ?? []).map((stream): [string, string] => [
				`${words.kinds[stream.kind]}, ${stream.direction === 'sent' ? words.sending : words.receiving}`,
				streamWords(stream, text)
			])
		];
		return {
			key: `${kind}:${callId}`,
			title: [name, words.purposes[kind]].filter(Boolean).join(' · '),
			rows: rows.flatMap(([label, value]) => (value === null || value === '' ? [] : [{ name: label, value }]))
		};
	});
}

/** For whoever helps: everything that is shown but the names of people. */
export function reportOf(words: readonly string[], tables: readonly ConnectionTable[]): string {
	const lines = tables.flatMap(({ rows }, index) => [
		'',
		`${index + 1}`,
		...rows.map(({ name, value }) => `${name}: ${value}`)
	]);
	return [...words, ...lines].join('\n');
}
