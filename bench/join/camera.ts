import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Writes the pictures of a `.y4m` file once more, to be shown at another pace: a pretended camera keeps to what the file
 * says of itself, whatever rate the browser was asked for.
 */
export function writeCamera(from: string, to: string, fps: number): void {
	const file = readFileSync(from);
	const headEnd = file.indexOf('\n');
	const head = file.toString('latin1', 0, headEnd);
	if (!/ F\d+:\d+/.test(head)) throw new Error(`${from}: no rate of pictures`);
	const paced = head.replace(/ F\d+:\d+/, ` F${fps}:1`);
	writeFileSync(to, Buffer.concat([Buffer.from(paced, 'latin1'), file.subarray(headEnd)]));
}
