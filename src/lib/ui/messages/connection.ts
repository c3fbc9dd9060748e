import { english as en } from './english.ts';
import { isolate } from './format.ts';

/** Our own devices during a call, how well media gets through, and what is done about it. */
export const connection = {
	youAreMuted: 'You are muted',
	unmute: 'Unmute',
	dontTell: 'Do not tell me again',
	noSound: (device: string) => `No sound from ${isolate(device)}`,
	noSoundAtAll: 'No sound from your microphone',
	chooseAnother: 'Choose another',
	test: 'Test',
	ignore: 'Ignore',
	systemPaused: 'Microphone paused by the system',
	lost: (device: string) => `${isolate(device)} disconnected`,
	lostNow: (device: string, other: string) => `${isolate(device)} disconnected. Now using ${isolate(other)}`,
	change: 'Change',
	nowUsing: (device: string) => `Now using ${isolate(device)}`,
	mutedByGap: 'You were away for a while, so your microphone is muted',

	weak: { ours: 'Your connection is weak', theirs: 'Their connection is weak' },
	veryWeak: { ours: 'Your connection is very weak', theirs: 'Their connection is very weak' },
	taken: {
		size: 'Pictures are smaller, so that the sound stays clear',
		'beside-stage': 'Small pictures are paused, so that the sound stays clear',
		cameras: 'Video is paused, so that the sound stays clear',
		'own-camera': 'Turning your camera off would help the sound'
	},
	undone: {
		size: 'Pictures have their full size again',
		'beside-stage': 'All pictures are back',
		cameras: 'Video is back',
		'own-camera': 'Your connection is good again'
	},
	undo: 'Undo',
	turnCameraOff: 'Turn camera off',
	lowData: 'Low-data mode',
	lowDataEnd: 'End low-data mode',
	lowDataOn: 'Low-data mode is on. Cameras are off',
	lowDataOff: 'Low-data mode is off',
	lowDataOffer: 'Your network may cost by the byte. Use low-data mode?',
	turnOn: 'Turn on',

	title: 'Connection',
	titleOf: (name: string) => `Connection with ${isolate(name)}`,
	pictureInPicture: 'Picture in picture',
	measuring: 'Measuring…',
	alone: 'Nobody else is connected yet.',
	quality: {
		good: 'The connection is good.',
		weak: 'The connection is weak. Sound or pictures may stop now and then.',
		'very-weak': 'The connection is very weak. Low-data mode may help.'
	},
	route: {
		direct: 'Straight to the other side, without a detour.',
		relay: 'Through a relay, because the direct way is blocked.'
	},
	toServer: 'Through the media server of this call.',
	protocols: {
		udp: 'Over UDP, the fastest way.',
		tcp: 'Over TCP, which may delay the sound.',
		tls: 'Over TLS, as strict networks ask for; it may delay the sound.'
	},
	encryptedBetween: 'Encrypted between participants',
	encryptedToServer: 'Encrypted to the server',
	cpuLimited: 'This device is busy: your picture is made smaller.',
	bandwidthLimited: 'Your connection is narrow: your picture is made smaller.',
	signaling: {
		online: 'Chat and people list are up to date.',
		offline: 'Chat and people list are catching up.'
	},
	details: 'Details',
	rows: {
		roundTrip: 'Round trip',
		jitter: 'Jitter',
		lossIn: 'Lost on the way in',
		lossOut: 'Lost on the way out',
		received: 'Received',
		sent: 'Sent',
		available: 'Available',
		way: 'Way'
	},
	sending: 'Sent',
	receiving: 'Received',
	kinds: { audio: 'Sound', video: 'Picture' },
	purposes: {
		member: 'Camera and microphone',
		'share-out': 'Your screen',
		'share-in': 'Shared screen',
		publisher: 'To the server',
		screen: 'Your screen, to the server'
	},
	milliseconds: (value: number) => `${en.number(value)} ms`,
	kilobits: (value: number) => `${en.number(value)} kbit/s`,
	percent: (value: number) => `${en.number(value)} %`,
	frames: (value: number) => `${en.number(value)} per second`,
	copyReport: 'Copy report',
	copied: 'Report copied',

	backToCall: 'Back to call'
} as const;
