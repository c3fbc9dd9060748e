/** Of a syntax tree, as far as sentences are written with it. */
export interface Node {
	type: string;
	start: number;
	end: number;
}
interface Parts {
	name: string;
	value: unknown;
	params: Node[];
	body: Node;
	callee: Node;
	object: Node;
	property: Node;
	key: Node;
	arguments: Node[];
	properties: Node[];
	expressions: Node[];
	quasis: { value: { cooked: string } }[];
}
const parts = (node: Node) => node as Node & Partial<Parts>;
const nameOf = (node: Node | undefined) => (node?.type === 'Identifier' ? parts(node).name : undefined);

class NoMessage extends Error {}
const none = (): never => {
	throw new NoMessage();
};

/** Words that mean the same in a message as they do in code. */
const literal = (text: unknown): string => (typeof text === 'string' && !/[{}#]/.test(text) ? text : none());

/** What a sentence calls, by its last name: `number(count)` and `en.number(count)`. */
function calledBy(node: Node): { name: string | undefined; values: readonly Node[] } {
	const { type, callee, arguments: values = [] } = parts(node);
	if (type !== 'CallExpression' || callee === undefined) return none();
	return { name: nameOf(callee) ?? nameOf(parts(callee).property), values };
}

/** @param counted the parameter whose number a plural is about, if this is a part of one */
function sentence(node: Node, params: readonly (string | undefined)[], counted?: number): string {
	const indexOf = (value: Node | undefined) => {
		const name = nameOf(value);
		const index = name === undefined ? -1 : params.indexOf(name);
		return index < 0 ? none() : index;
	};
	const { type, value, quasis = [], expressions = [] } = parts(node);
	if (type === 'Literal') return literal(value);
	if (type === 'TemplateLiteral') {
		return quasis
			.map(({ value: { cooked } }, index) => {
				const inserted = expressions[index];
				return literal(cooked) + (inserted === undefined ? '' : sentence(inserted, params, counted));
			})
			.join('');
	}
	const {
		name,
		values: [first, forms]
	} = calledBy(node);
	if (name === 'plural' && counted === undefined) {
		const index = indexOf(first);
		const cases = parts(forms ?? node).properties ?? none();
		const written = cases.map((one) => {
			const { key, value: form } = parts(one);
			return `${nameOf(key) ?? none()} {${sentence(form as Node, params, index)}}`;
		});
		return `{${index}, plural, ${written.join(' ')}}`;
	}
	const index = indexOf(first);
	if (name === 'number') return index === counted ? '#' : `{${index}}`;
	if (name === 'isolate') return `{${index}}`;
	return name === 'time' || name === 'date' ? `{${index}, ${name}}` : none();
}

/**
 * The sentence of a function of the English catalogue as a message for `parseMessage`.
 * @returns `undefined`: it does more than to fill in what it is given
 */
export function messageOf(node: Node): string | undefined {
	const { type, params = [], body } = parts(node);
	if (type !== 'ArrowFunctionExpression' || body === undefined) return undefined;
	try {
		return sentence(body, params.map(nameOf));
	} catch (error) {
		if (error instanceof NoMessage) return undefined;
		throw error;
	}
}
