import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect } from './stack.ts';

const script = fileURLToPath(new URL('../../../scripts/roundtrip.mjs', import.meta.url));

const Understood = v.object({ text: v.string(), rate: v.number() });
const Result = v.object({
	route: v.string(),
	correlation: v.number(),
	delayMs: v.number(),
	driftMs: v.number(),
	words: v.object({ said: v.string(), inFile: Understood, heard: Understood })
});

/** @returns what `npm run roundtrip` says of this call */
async function roundtrip(link: string, options: readonly string[]) {
	const child = spawn(process.execPath, [script, link, '--json', ...options]);
	const output = { out: '', err: '' };
	child.stdout.on('data', (text: Buffer) => (output.out += text.toString()));
	child.stderr.on('data', (text: Buffer) => (output.err += text.toString()));
	await new Promise((settle) => child.once('exit', settle));
	if (output.out === '') throw new Error(output.err);
	return v.parse(Result, JSON.parse(output.out));
}

/**
 * Speech gets through as it was said, and is understood nearly as well as the file itself.
 * @param route of the sound at the listener
 */
export async function expectSpeech(link: string, route: RegExp, ...options: string[]): Promise<void> {
	const looks = async () => {
		const { correlation, delayMs, driftMs, words, ...result } = await roundtrip(link, options);
		const more = words.heard.rate - words.inFile.rate;
		console.log(
			`${result.route}: alike ${correlation.toFixed(3)}, ${delayMs} ms, changed by ${driftMs} ms; "${words.heard.text}", ${(100 * words.heard.rate).toFixed(0)} % wrong, in the file ${(100 * words.inFile.rate).toFixed(0)} %`
		);
		expect(result.route).toMatch(route);
		return { isAlike: correlation >= 0.8, isUnderstood: more <= 0.1 };
	};
	// listened to again when the machine was too busy to keep time
	await expect.poll(looks, { timeout: 150_000 }).toEqual({ isAlike: true, isUnderstood: true });
}
