import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, helpFor, markBuilt, run, takesOnly } from './lib/project.mjs';

const usage = `
npm run build

Builds the web client into build/web (with brotli and gzip copies beside every text file) and the server into
build/server. Ends non-zero when either fails.`;

const compressible = /\.(?:js|css|html|svg|json|webmanifest|txt)$/;

/** Compressed once here, at the best level, so that the server never has to. */
function compress(folder) {
	for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
		if (!entry.isFile() || !compressible.test(entry.name)) continue;
		const path = join(entry.parentPath ?? entry.path, entry.name);
		const text = readFileSync(path);
		if (text.length < 512) continue;
		const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
		writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
		writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
	}
}

export async function build() {
	rmSync(at('build', '.stamp'), { force: true });
	for (const args of [['build'], ['build', '--config', 'vite.server.config.ts']]) {
		const status = await run('vite', [...args, '--logLevel', 'warn'], {
			env: { NODE_ENV: 'production' },
			quiet: true
		});
		if (status !== 0) return status;
	}
	compress(at('build', 'web'));
	markBuilt();
	return 0;
}

if (process.argv[1] === at('scripts', 'build.mjs')) {
	helpFor(usage);
	takesOnly();
	process.exitCode = await build();
}
