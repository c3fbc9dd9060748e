import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
	chmodSync,
	closeSync,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readFileSync,
	renameSync,
	statSync,
	writeSync
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** What the server keeps beside the database. */
export interface Secrets {
	/** PKCS #8 PEM of the Ed25519 key that signs the tokens of hello 2.0 */
	helloKeyPem: string;
	/** 32 bytes: key of the tickets of hello 1.0 */
	ticketKey: Buffer;
	/** what internal clients of the signaling server prove themselves with */
	internalSecret: string;
	/** what orders to the signaling server, for its rooms, are proven with */
	backendSecret: string;
	/** what ids of sessions of other backends are made with: as texts, as programs are given them */
	sessionIdKeys: { hashKey: string; blockKey: string };
}

/**
 * Makes the directory, for this user alone.
 * @throws what the file system says, if the place cannot be used
 */
export function makeDataDirectory(directory: string): void {
	const isNew = makeDirectory(resolve(directory));
	chmodSync(directory, 0o700);
	if (isNew) syncDirectory(dirname(resolve(directory)));
}

/**
 * Reads what belongs in the directory, and makes what of it is not there yet.
 * @throws what the file system says, or which file holds what cannot be used
 */
export function openDataDirectory(directory: string): { databaseFile: string; secrets: Secrets } {
	const helloKeyPem = keepHelloKey(join(directory, 'hello-key.pem'));
	const ticketKey = keepTicketKey(join(directory, 'ticket.key'));
	return {
		databaseFile: join(directory, 'roost.db'),
		secrets: {
			helloKeyPem,
			ticketKey,
			internalSecret: keepSecret(join(directory, 'signaling-internal.secret')),
			backendSecret: keepSecret(join(directory, 'signaling-backend.secret')),
			sessionIdKeys: {
				hashKey: keepKey(join(directory, 'signaling-hash.key'), 64),
				blockKey: keepKey(join(directory, 'signaling-block.key'), 32)
			}
		}
	};
}

/**
 * With its parents. Node's own way of doing so never ends in a place such as /proc, which says of a parent that is there
 * that it is not.
 * @returns whether it was not there yet
 */
function makeDirectory(directory: string): boolean {
	if (existsSync(directory) && statSync(directory).isDirectory()) return false;
	if (!existsSync(dirname(directory))) makeDirectory(dirname(directory));
	mkdirSync(directory, { mode: 0o700 });
	return true;
}

/** A secret that other programs are to be given; whoever runs the server may write one of their own. */
function keepSecret(file: string): string {
	const secret = keep(file, () => `${randomBytes(32).toString('hex')}\n`).trim();
	if (secret.length < 32) throw new Error(`${file} holds fewer than 32 characters`);
	return secret;
}

/** A shorter one, as of a file that was cut off, could be guessed, and with it every ticket be made. */
function keepTicketKey(file: string): Buffer {
	const key = Buffer.from(keep(file, () => randomBytes(32).toString('hex')).trim(), 'hex');
	if (key.length < 32) throw new Error(`${file} does not hold 64 hexadecimal digits`);
	return key;
}

/** A key as a text of so many hexadecimal digits; whoever runs the server may write one of their own. */
function keepKey(file: string, characters: number): string {
	const key = keep(file, () => `${randomBytes(characters / 2).toString('hex')}\n`).trim();
	if (Buffer.byteLength(key) !== characters)
		throw new Error(`${file} does not hold ${characters} characters`);
	return key;
}

function keepHelloKey(file: string): string {
	const pem = keep(file, newHelloKey);
	try {
		createPrivateKey(pem);
	} catch {
		throw new Error(`${file} does not hold a key`);
	}
	return pem;
}

function newHelloKey(): string {
	return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** Reads the file; makes it first if it is not there, whole or not at all. */
function keep(file: string, make: () => string): string {
	if (!existsSync(file)) {
		const unfinished = `${file}.${process.pid}.tmp`;
		const handle = openSync(unfinished, 'w', 0o600);
		try {
			writeSync(handle, make());
			fsyncSync(handle);
		} finally {
			closeSync(handle);
		}
		renameSync(unfinished, file);
		syncDirectory(dirname(file));
	}
	return readFileSync(file, 'utf8');
}

/** New names in a directory are safe from a power cut only once it has been synced itself. Windows has no such thing. */
function syncDirectory(directory: string): void {
	if (process.platform === 'win32') return;
	const handle = openSync(directory, 'r');
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}
