import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { keepFormerFiles } from './former-files.ts';

const page = 'app.html';
/** The same page, which asks at once for what its address begins with. */
const pagesByAddress = { '/': 'home.html', '/call/:token': 'call.html', '/check': page };

/** Never answered with the page, however the browser asks. */
const reserved = /^\/(ocs|signaling|metrics|healthz|readyz|_app|index\.php)(\/|$)/;

/** Beside the bundle, wherever it was put; else below the working directory. */
export function findWebClient(): string {
	const besideBundle = fileURLToPath(new URL('../web', import.meta.url));
	return existsSync(join(besideBundle, page)) ? besideBundle : resolve('build/web');
}

/**
 * Serves the built client: files under their names, and one page for every address that a person may open.
 * Without a built client the addresses of pages say so.
 * @param directory what SvelteKit's static adapter wrote
 * @param former where the files of former versions are kept; a gateway, which stores nothing, has no such place
 */
export async function serveWebClient(
	app: FastifyInstance,
	directory: string,
	former?: string
): Promise<void> {
	if (!existsSync(join(directory, page))) {
		const text = 'The web client has not been built: run "npm run build".\n';
		for (const path of Object.keys(pagesByAddress)) {
			app.get(path, (_request, reply) => reply.code(503).type('text/plain').send(text));
		}
		return;
	}
	await app.register(fastifyStatic, {
		root: directory,
		index: false,
		dotfiles: 'ignore',
		preCompressed: true,
		cacheControl: false,
		setHeaders(reply, path) {
			const isNamedByContent = path.replaceAll('\\', '/').includes('/_app/immutable/');
			reply.setHeader('Cache-Control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
		}
	});
	const sendPage = (_request: FastifyRequest, reply: FastifyReply) => reply.sendFile(page);
	for (const [path, own] of Object.entries(pagesByAddress)) {
		const name = existsSync(join(directory, own)) ? own : page;
		app.get(path, (_request, reply) => reply.sendFile(name));
	}
	app.get('/index.php/call/:token', (request: FastifyRequest<{ Params: { token: string } }>, reply) => {
		const [, query = ''] = /(\?.*)$/s.exec(request.url) ?? [];
		return reply.redirect(`/call/${encodeURIComponent(request.params.token)}${query}`);
	});
	const formerFiles = keptFiles(app, directory, former);
	app.setNotFoundHandler((request, reply) => {
		const path = request.url.split('?')[0] ?? '';
		if (former !== undefined && formerFiles.has(path)) return reply.sendFile(path, resolve(former));
		const isNavigation = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
		if (isNavigation && !reserved.test(path)) return sendPage(request, reply);
		return reply.code(404).type('text/plain').send('Not found\n');
	});
}

/**
 * Pages of former versions are a convenience: a place that cannot be written to is told, and no more.
 * @returns the addresses of what is kept
 */
function keptFiles(app: FastifyInstance, directory: string, former?: string): ReadonlySet<string> {
	if (former === undefined) return new Set();
	try {
		return new Set(keepFormerFiles(directory, former, Date.now()));
	} catch (error) {
		app.log.warn({ err: error }, 'files of former versions of the client are not kept');
		return new Set();
	}
}

/**
 * What the inline scripts and styles of the pages hash to, for the Content-Security-Policy: SvelteKit starts the
 * client from one, and the page before Join shows itself by another.
 */
export function inlineHashes(directory: string): { scripts: string[]; styles: string[] } {
	const files = [page, ...Object.values(pagesByAddress)].map((name) => join(directory, name));
	const html = [...new Set(files)].filter(existsSync).map((file) => readFileSync(file, 'utf8'));
	const hashesOf = (tag: string) =>
		[...html.join('\n').matchAll(new RegExp(`<${tag}(\\s[^>]*)?>([\\s\\S]*?)</${tag}>`, 'gi'))]
			.map(([, , content = '']) => content)
			.filter((content, index, all) => content !== '' && all.indexOf(content) === index)
			.map((content) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`);
	return { scripts: hashesOf('script'), styles: hashesOf('style') };
}
