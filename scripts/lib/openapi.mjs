import Ajv from 'ajv';
import addFormats from 'ajv-formats';

/** What Talk calls its own API; everything else under /ocs belongs to others. */
const talk = '/ocs/v2.php/apps/spreed/api/';

/**
 * The schemas of OpenAPI 3.0 in the words of JSON Schema: `nullable` is a type of its own there, also beside `allOf`, and
 * alone it means anything.
 */
function toJsonSchema(schema) {
	if (Array.isArray(schema)) return schema.map(toJsonSchema);
	if (schema === null || typeof schema !== 'object') return schema;
	const { nullable, ...rest } = Object.fromEntries(
		Object.entries(schema).map(([key, value]) => [key, toJsonSchema(value)])
	);
	if (nullable !== true) return rest;
	const isAnything = ['type', 'allOf', 'oneOf', 'anyOf', '$ref'].every((key) => !(key in rest));
	return isAnything ? rest : { anyOf: [rest, { type: 'null' }] };
}

/**
 * @param description Talk's OpenAPI description, parsed
 * @returns what tells of an answer which operation it belongs to, and what is wrong with it
 */
export function createJudge(description) {
	const ajv = new Ajv({ strict: false, allErrors: true });
	addFormats(ajv);
	ajv.addSchema({ $id: 'talk', components: toJsonSchema(description.components) });
	const absolute = (schema) =>
		JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"talk#/components/'));
	const compiled = new Map();
	const validatorOf = (schema) => {
		const key = JSON.stringify(schema);
		if (!compiled.has(key)) compiled.set(key, ajv.compile(absolute(toJsonSchema(schema))));
		return compiled.get(key);
	};

	// more literal paths first: room/{token}/x is not room/{token}
	const paths = Object.entries(description.paths)
		.map(([path, operations]) => ({ path, operations, form: formOf(path, operations) }))
		.sort((one, other) => weightOf(one.path) - weightOf(other.path));

	/** @returns undefined for what is not Talk's */
	return function judge({ method, path, status, headers, body }) {
		const { pathname: plain } = new URL(path, 'http://roost');
		if (!plain.startsWith(talk)) return undefined;
		const found = paths.find(
			({ form, operations }) => form.test(plain) && method.toLowerCase() in operations
		);
		if (!found) return { operation: `${method} ${plain}`, problems: ['is not described'] };
		const operation = `${method} ${found.path.slice(talk.length).replace('{apiVersion}/', '')}`;
		const response = found.operations[method.toLowerCase()].responses[status];
		if (!response) return { operation, problems: [`status ${status} is not described`] };
		const problems = [];
		for (const name of Object.keys(response.headers ?? {}))
			if (isPromised(response.headers[name]) && !(name.toLowerCase() in headers))
				problems.push(`header ${name} is missing`);
		const schema = response.content?.['application/json']?.schema;
		if (schema) {
			const validate = validatorOf(schema);
			if (!validate(body)) problems.push(...validate.errors.map(wordsOf));
		}
		return { operation, problems: [...new Set(problems)] };
	};
}

/** Descriptions say of headers that they may be there; only a required one has to. */
const isPromised = ({ required }) => required === true;

function formOf(path, operations) {
	const versions = Object.values(operations)
		.flatMap(({ parameters = [] }) => parameters)
		.find(({ name }) => name === 'apiVersion')?.schema.enum;
	const parts = path.split('/').map((part) => {
		if (part === '{apiVersion}') return `(?:${(versions ?? ['v\\d+']).join('|')})`;
		return part.startsWith('{') ? '[^/]+' : part.replace(/[.]/g, '\\.');
	});
	return new RegExp(`^${parts.join('/')}$`);
}

const weightOf = (path) => path.split('{').length * 1_000 - path.length;

const wordsOf = ({ instancePath, keyword, message, params }) => {
	const where = instancePath.replace(/^\/ocs\/data/, 'data').replace(/\/\d+/g, '/*') || 'body';
	const more = params.missingProperty ?? params.additionalProperty ?? params.allowedValues?.join() ?? '';
	return `${where}: ${keyword === 'required' ? `misses ${more}` : `${message}${more === '' ? '' : ` (${more})`}`}`;
};
