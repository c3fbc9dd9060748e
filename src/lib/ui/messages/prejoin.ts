import { english as en } from './english.ts';
import { isolate } from './format.ts';

const here = (names: readonly string[]): string => {
	const shown = names.length > 3 ? names.slice(0, 2) : names;
	const others = names.length - shown.length;
	const rest =
		others > 0 ? [en.plural(others, { one: '1 other', other: `${en.number(others)} others` })] : [];
	return en.plural(names.length, {
		one: `${en.list(shown.map(isolate))} is here`,
		other: `${en.list([...shown.map(isolate), ...rest])} are here`
	});
};

export const prejoin = {
	pageTitle: (room: string) => `Join: ${room}`,
	ready: 'Ready to join?',
	unnamedRoom: 'Call',
	onServer: (host: string) => `on ${isolate(host)}`,
	peopleHere: here,
	nobodyHere: 'Nobody is here yet. You can join and wait.',
	somebodyHere: 'A call is going on.',
	lookingForPeople: 'Looking who is here…',

	preview: 'Your preview',
	cameraOff: 'Camera is off',
	cameraStarting: 'Starting camera…',
	looksLikeThis: 'You look and sound like this to others',
	turnOn: 'Turn on camera and microphone',
	waitingForPermission: 'Answer your browser’s question',
	nothingSent: 'Nothing is sent before you join.',
	mute: 'Mute microphone',
	unmute: 'Unmute microphone',
	cameraTurnOff: 'Turn camera off',
	cameraTurnOn: 'Turn camera on',
	muted: 'Microphone muted',
	unmuted: 'Microphone on',
	cameraNowOff: 'Camera off',
	cameraNowOn: 'Camera on',

	joinFailed: {
		unreachable: 'The server is not answering. We keep trying.',
		maintenance: 'The server is being updated. We keep trying.',
		throttled: 'Too many tries. We wait a moment.',
		signaling: 'Calls are not available right now. We keep trying.'
	},

	name: 'Your name',
	nameHint: 'Shown to others in this call',
	nameMissing: 'Enter your name to join',
	consentMissing: 'Agree to the recording to join',
	nameTooLong: 'Use at most 64 characters',

	password: 'Password',
	passwordHint: 'You got it from the person who invited you',
	showPassword: 'Show',
	hidePassword: 'Hide',
	passwordProblem: {
		missing: 'Enter the password of this call to join',
		wrong: 'That password did not work. Check it with the person who invited you.',
		throttled: 'Too many tries.'
	},

	join: 'Join',
	joinWithout: 'Join without camera or mic',
	joining: 'Joining…',
	stillJoining: 'Still joining… waiting for the server',

	takesLong: 'Joining takes longer than usual',
	takesLongHelp: 'The server has not answered yet. Your connection may be blocked.',
	checkConnection: 'Check connection',
	openChat: 'Open chat only',
	joinAgain: 'Nothing is lost. Press Join to try once more.',

	devices: 'Devices',
	microphone: 'Microphone',
	camera: 'Camera',
	speaker: 'Speaker',
	speakerFollows: 'Follows your system',
	testSpeaker: 'Test speaker',
	speakerFailed:
		'The tone could not be played. Choose another speaker, or see whether this one is connected.',
	deviceNumber: {
		microphone: (n: number) => `Microphone ${n}`,
		camera: (n: number) => `Camera ${n}`,
		speaker: (n: number) => `Speaker ${n}`
	},
	systemDefault: 'System default',
	listedLater: 'Turn on first',
	noDevice: { microphone: 'No microphone found', camera: 'No camera found' },

	blocked: {
		permission: {
			microphone: 'Microphone is blocked in the browser',
			camera: 'Camera is blocked in the browser'
		},
		'no-device': { microphone: 'No microphone found', camera: 'No camera found' },
		room: { microphone: 'This call does not let you speak', camera: 'This call does not let you show video' },
		unsupported: {
			microphone: 'This browser cannot use a microphone',
			camera: 'This browser cannot use a camera'
		},
		busy: { microphone: 'Another app is using the microphone', camera: 'Another app is using the camera' }
	},
	problem: {
		'media.denied': {
			microphone: 'Microphone is blocked. Allow it at the start of the address bar, or join and listen.',
			camera: 'Camera is blocked. Allow it at the start of the address bar, or join without it.',
			both: 'Camera and microphone are blocked. Allow them at the start of the address bar, or join without.'
		},
		'media.system': {
			microphone: 'Your system blocks the microphone. Allow this browser in its privacy settings.',
			camera: 'Your system blocks the camera. Allow this browser in its privacy settings.',
			both: 'Your system blocks camera and microphone. Allow this browser in its privacy settings.'
		},
		'media.none': {
			microphone: 'No microphone found. Plug one in; we notice by ourselves.',
			camera: 'No camera found. You can join with sound only.',
			both: 'No camera or microphone found. You can join and listen.'
		},
		'media.busy': {
			microphone: 'Another app is using the microphone. Close it there, then try again.',
			camera: 'Another app is using the camera. Close it there, then try again.',
			both: 'Another app is using your camera and microphone. Close it there, then try again.'
		}
	},
	tryAgain: 'Try again',
	notHeard: 'We cannot hear this microphone',
	notHeardHelp: 'Say something. If the bars stay empty, choose another microphone or look for a mute switch.',
	chooseAnother: 'Choose another',
	useDevice: (device: string) => `Use ${isolate(device)}?`,
	use: 'Use',
	listenOnly: 'You can listen and chat in this call',
	noMicrophoneHere: 'This call does not let you speak. You can show video, listen and chat.',
	noCameraHere: 'This call does not let you show video. You can speak and chat.'
} as const;
