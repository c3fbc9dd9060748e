import { chromium, type Browser, type BrowserContext } from '@playwright/test';

/* The one place where a browser is started to measure something in it, so that none differs from another by accident. */

/** What a browser does by itself would be measured as well. */
const quiet = [
	'--no-sandbox',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];

/** For browsers that meet on this machine: over its own addresses, and heard without a press. */
export const meeting = [
	'--allow-loopback-in-peer-connection',
	'--autoplay-policy=no-user-gesture-required',
	'--disable-quic'
];

/** @param program path of the browser; empty: the one that Playwright has installed */
const programOf = (program: string) =>
	program === '' ? { channel: 'chromium' } : { executablePath: program };

interface Devices {
	/** Pictures a second. */
	fps?: number;
	/** Files that camera and microphone give over and over; without one the browser makes something up. */
	camera?: string;
	sound?: string;
}

/** A camera and a microphone that nobody is asked for. */
export const pretendedDevices = ({ fps, camera, sound }: Devices = {}): string[] => [
	`--use-fake-device-for-media-stream${fps === undefined ? '' : `=fps=${fps}`}`,
	'--use-fake-ui-for-media-stream',
	...(camera === undefined ? [] : [`--use-file-for-fake-video-capture=${camera}`]),
	...(sound === undefined ? [] : [`--use-file-for-fake-audio-capture=${sound}`])
];

export const startBrowser = (program: string, args: readonly string[] = []): Promise<Browser> =>
	chromium.launch({ ...programOf(program), args: [...quiet, ...args] });

/** With a profile on disk, as of a person: that of a window for a moment keeps its databases in memory. */
export const startProfile = (program: string, directory: string): Promise<BrowserContext> =>
	chromium.launchPersistentContext(directory, { ...programOf(program), args: quiet });
