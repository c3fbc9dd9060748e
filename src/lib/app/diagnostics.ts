import type { LogLine } from './log.ts';
import type { TimelineEntry } from './timeline.ts';

/** Everything a report is made of, as it is: nothing of it is shown before `reportOf` has gone over it. */
export interface Diagnosis {
	/** Local clock, unix ms. */
	at: number;
	/** Of the app and the browser: what, and which. */
	facts: readonly (readonly [name: string, value: string])[];
	/** Counters of each connection. */
	samples: readonly object[];
	timeline: readonly TimelineEntry[];
	log: readonly LogLine[];
	/** Names, tokens, messages, labels of devices: whatever this page knows that is nobody's business. */
	secrets: readonly string[];
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What looks like something that a report must not have, in this order: what contains others comes first. */
const patterns: readonly (readonly [RegExp, string])[] = [
	// parsers quote what they could not read
	[/"[^"]*"|“[^”]*”|‘[^’]*’|«[^»]*»|`[^`]*`|'[^']*'/gu, '<text>'],
	[/\b[a-z][a-z0-9+.-]*:\/\/\S+|\b(?:stun|turn)s?:\S+/giu, '<address>'],
	[/\/(?:call|room|ocs)\/\S*/giu, '<address>'],
	[/\S+@\S+\.\S+/gu, '<address>'],
	[/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/gu, '<address>'],
	[/\[?(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w+)?\]?(?::\d+)?/giu, '<address>'],
	[/\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?\b/giu, '<address>'],
	[/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/giu, '<id>'],
	// letters and digits mixed, or longer than words are
	[/\b(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-z])[\w+/=.-]{8,}|[\w+/=-]{24,}/giu, '<id>']
];

/**
 * Removes names, tokens, addresses and quoted text.
 * @param secrets known ones; whatever else looks like one goes too
 */
export function scrub(text: string, secrets: readonly string[]): string {
	const known = secrets
		.map((secret) => secret.trim())
		.filter((secret) => secret !== '')
		.sort((one, other) => other.length - one.length);
	const named = known.reduce(
		(left, secret) =>
			left.replace(new RegExp(`(?<![\\p{L}\\p{N}])${escaped(secret)}(?![\\p{L}\\p{N}])`, 'giu'), '<name>'),
		text
	);
	return patterns.reduce((left, [pattern, word]) => left.replace(pattern, word), named);
}

/** The innermost states of a machine: "joined.link.up". */
function leavesOf(state: unknown): string[] {
	if (typeof state === 'string') return [state];
	if (typeof state !== 'object' || state === null) return [];
	return Object.entries(state).flatMap(([name, inner]) => {
		const leaves = leavesOf(inner);
		return leaves.length === 0 ? [name] : leaves.map((leaf) => `${name}.${leaf}`);
	});
}

/** Of a state, what is new since the one before it of the same machine. */
function timelineOf(entries: readonly TimelineEntry[], start: number): string[] {
	const before = new Map<number, ReadonlySet<string>>();
	return entries.flatMap(({ at, actor, machine, state }) => {
		const leaves = leavesOf(state);
		const known = before.get(actor);
		// words beside the states, such as a candidate, change none of them
		const isState = typeof state !== 'string' || !state.includes(' ');
		if (isState) before.set(actor, new Set(leaves));
		const fresh = isState ? leaves.filter((leaf) => known?.has(leaf) !== true) : leaves;
		return fresh.length === 0 ? [] : [`${seconds(at - start)} ${machine} ${actor}: ${fresh.join(', ')}`];
	});
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(3)} s`;

/** Numbers, and words that are short enough to be one of a few; where something leads or who it is, is left out. */
function valuesOf(sample: object, clean: (text: string) => string, prefix = ''): string[] {
	return Object.entries(sample).flatMap(([key, value]: [string, unknown]) => {
		const name = `${prefix}${key}`;
		if (/(?:address|port|ip|id|key|label|name)$/i.test(key)) return [];
		if (typeof value === 'number') return [`${name} ${Number(value.toFixed(3))}`];
		if (typeof value === 'boolean') return [`${name} ${value}`];
		if (typeof value === 'string')
			return /^[a-z][a-z0-9/-]{0,15}$/i.test(value) ? [`${name} ${clean(value)}`] : [];
		return typeof value === 'object' && value !== null ? valuesOf(value, clean, `${name}.`) : [];
	});
}

export const isoTime = (at: number): string => new Date(at).toISOString();

const section = (title: string, lines: readonly string[]) => [
	'',
	`## ${title}`,
	...(lines.length ? lines : ['-'])
];

/** For whoever looks after the server: in English, whatever the page speaks. */
export function reportOf({ at, facts, samples, timeline, log, secrets }: Diagnosis): string {
	const clean = (text: string) => scrub(text, secrets);
	const start = Math.min(at, ...[...timeline, ...log].map((entry) => entry.at));
	return [
		'# Roost report',
		`made ${isoTime(at)}, ${seconds(at - start)} after the first line below`,
		...facts.map(([name, value]) => `${name}: ${value}`),
		...section(
			'Connections',
			samples.map((sample, index) => `${index + 1}: ${valuesOf(sample, clean).join(', ')}`)
		),
		...section('Timeline', timelineOf(timeline, start)),
		...section(
			'Log',
			log.map((line) => `${seconds(line.at - start)} ${line.level}: ${clean(line.text)}`)
		),
		''
	].join('\n');
}
