import { readdirSync, readFileSync } from 'node:fs';
import { parseSync, transformWithOxc, type Plugin } from 'vite';
import { messageOf, type Node } from './message-of.ts';
import { pictures } from './pictures.ts';

const folder = new URL('../../src/lib/ui/messages/', import.meta.url);

/** What may be needed before anything else could be fetched: their English stays in the code. */
const kept = new Set(['common', 'prejoin', 'home', 'lobby', 'ended', 'errors']);

/** What few people see is in a second file of each language. */
const more = new Set(['check', 'settings']);

type Words = { [key: string]: string | Words };
type Property = Node & { key: Node & { name?: string; value?: unknown }; value: Node };
type ObjectNode = Node & { properties: Property[] };

const isArea = (name: string) => !kept.has(name) && /^[a-z]+(?:-[a-z]+)*$/.test(name);
const camel = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** The text of a node that is one, and nothing else. */
function textOf(node: Node): string | undefined {
	if (node.type === 'Literal') {
		const { value } = node as Node & { value: unknown };
		return typeof value === 'string' ? value : undefined;
	}
	if (node.type !== 'TemplateLiteral') return undefined;
	const { quasis } = node as Node & { quasis: { value: { cooked: string } }[] };
	return quasis.length === 1 ? quasis[0]?.value.cooked : undefined;
}

/** A piece of code, and what is there instead. */
type Cut = readonly [start: number, end: number, instead: string];

/**
 * Takes the texts out of an object. What is left are functions, in objects where they were: of one that only fills in a
 * sentence that there is one, and the sentence is a message, as in every other language (src/lib/ui/messages/icu.ts).
 */
function take(object: ObjectNode, cuts: Cut[]): Words {
	const words: Words = {};
	object.properties.forEach((property, index) => {
		if (property.type !== 'Property') return;
		const { key, value } = property;
		const name = key.name ?? String(key.value);
		const text = textOf(value);
		if (text !== undefined) {
			words[name] = text;
			cuts.push([property.start, object.properties[index + 1]?.start ?? object.end - 1, '']);
		} else if (value.type === 'ObjectExpression') {
			words[name] = take(value as ObjectNode, cuts);
		} else {
			const message = messageOf(value);
			if (message === undefined) return;
			words[name] = message;
			cuts.push([value.start, value.end, "() => ''"]);
		}
	});
	return words;
}

/**
 * One area of the English catalogue in two: code, and words.
 * @param name of its file
 * @returns `null`: the file is none
 */
export async function divided(
	name: string,
	source: string
): Promise<{ code: string; area: string; words: Words } | null> {
	const area = camel(name);
	const { code } = await transformWithOxc(source, `${name}.ts`, { sourcemap: false });
	type Declared = { id: { name: string }; init: Node | null };
	type Statement = Node & { declaration?: { declarations?: Declared[] } };
	const statements: Node[] = parseSync(`${name}.js`, code).program.body;
	const [found] = statements
		.flatMap((statement) => (statement as Statement).declaration?.declarations ?? [])
		.filter(({ id, init }) => id.name === area && init?.type === 'ObjectExpression');
	if (!found?.init) return null;
	const cuts: Cut[] = [];
	const words = take(found.init as ObjectNode, cuts);
	const rest = cuts.reduceRight(
		(text, [start, end, instead]) => text.slice(0, start) + instead + text.slice(end),
		code
	);
	return { code: rest, area, words };
}

/**
 * The words of each language as a file of its own, which is data and not code: one is fetched, the others are not. That
 * goes for English too, as far as it is not needed before Join (docs/adr/0002).
 */
export const words: Plugin = {
	name: 'roost:words',
	apply: 'build',
	enforce: 'pre',
	load: {
		filter: { id: /\/src\/lib\/ui\/messages\/[a-z-]+\.ts$/ },
		async handler(id) {
			const name = /([^/]+)\.ts$/.exec(id)?.[1] ?? '';
			if (name === 'addresses')
				return addressesIn(await catalogues(), (fileName, source) =>
					this.emitFile({ type: 'asset', name: fileName, source })
				);
			if (!isArea(name)) return null;
			const area = await read(name);
			return area && { code: area.code, moduleType: 'js' };
		}
	}
};

const read = (name: string) => divided(name, readFileSync(new URL(`${name}.ts`, folder), 'utf8'));

/** Name and words of every file. */
async function catalogues(): Promise<[string, unknown][]> {
	const files = readdirSync(folder);
	const english: Words = {};
	const englishMore: Words = {};
	const names = files.filter((file) => file.endsWith('.ts')).map((file) => file.slice(0, -'.ts'.length));
	for (const name of names.filter(isArea)) {
		const found = await read(name);
		if (found) (more.has(found.area) ? englishMore : english)[found.area] = found.words;
	}
	const others = files
		.filter((file) => file.endsWith('.json'))
		.map((file): [string, unknown] => [
			file.slice(0, -'.json'.length),
			JSON.parse(readFileSync(new URL(file, folder), 'utf8'))
		]);
	return [['en', english], ['en.more', englishMore], ...others];
}

function addressesIn(all: [string, unknown][], emit: (name: string, source: string) => string): string {
	const addressOf = (name: string, content: unknown) =>
		`import.meta.ROLLUP_FILE_URL_${emit(name, JSON.stringify(content))}`;
	const entries = all.map(
		([tag, words]) => `${JSON.stringify(tag)}: ${addressOf(`words-${tag}.json`, words)}`
	);
	return `export const addresses = { ${entries.join(', ')} };
export const picturesAddress = ${addressOf('pictures.json', Object.fromEntries(pictures))};`;
}
