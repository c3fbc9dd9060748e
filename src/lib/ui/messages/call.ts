import { english } from './english.ts';
import { isolate } from './format.ts';

const { plural, list, number } = english;
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' });
const endings = { zero: 'th', one: 'st', two: 'nd', few: 'rd', many: 'th', other: 'th' };
const nth = (value: number) => `${number(value)}${endings[ordinals.select(value)]}`;

/** "Ana", "Ana and Bo", "Ana and 2 others". */
const several = (names: readonly string[]) =>
	names.length > 2
		? `${isolate(names[0] ?? '')} and ${plural(names.length - 1, { one: '1 other', other: `${number(names.length - 1)} others` })}`
		: list(names.map(isolate));

export const call = {
	pageTitleMuted: (room: string) => `(muted) ${room}`,
	participants: 'Participants',
	controls: 'Call controls',
	skipToControls: 'Skip to call controls',
	you: 'You',
	duration: 'Time in the call',
	peopleCount: (count: number) => plural(count, { one: '1 person', other: `${number(count)} people` }),
	joining: 'Joining…',
	leaving: 'Leaving…',

	muteMicrophone: 'Mute microphone',
	unmuteMicrophone: 'Unmute microphone',
	cameraOff: 'Turn camera off',
	cameraOn: 'Turn camera on',
	shareScreen: 'Share screen',
	stopSharing: 'Stop sharing',
	raiseHand: 'Raise hand',
	lowerHand: 'Lower hand',
	react: 'React',
	reactions: 'Reactions',
	chat: 'Chat',
	people: 'People',
	more: 'More',
	leave: 'Leave',
	unread: (count: number) =>
		plural(count, { one: '1 unread message', other: `${number(count)} unread messages` }),
	badge: (count: number) => (count > 99 ? `${number(99)}+` : number(count)),
	withKey: (action: string, key: string) => `${action} (${key})`,
	microphoneOptions: 'Microphone options',
	cameraOptions: 'Camera options',
	switchCamera: 'Switch camera',
	microphone: 'Microphone',
	camera: 'Camera',
	speaker: 'Speaker',
	followsSystem: 'Follows your system',
	blocked: {
		microphone: {
			permission: 'The browser blocks the microphone. Allow it in the address bar',
			'no-device': 'No microphone found',
			room: 'Only listening is allowed in this call',
			unsupported: 'This browser offers no microphone',
			busy: 'Another app is using the microphone'
		},
		camera: {
			permission: 'The browser blocks the camera. Allow it in the address bar',
			'no-device': 'No camera found',
			room: 'Cameras are not allowed in this call',
			unsupported: 'This browser offers no camera',
			busy: 'Another app is using the camera'
		},
		screen: {
			permission: 'Your system does not let the browser record the screen',
			'no-device': 'There is no screen to share',
			room: 'Sharing is not allowed in this call',
			unsupported: 'This browser can not share a screen',
			busy: 'The screen can not be shared right now'
		}
	},

	layout: 'Layout',
	layouts: { auto: 'Auto', grid: 'Grid', speaker: 'Speaker' },
	enterFullScreen: 'Full screen',
	exitFullScreen: 'Exit full screen',
	copyLink: 'Copy link',
	share: 'Share',
	devices: 'Devices',
	keyboardShortcuts: 'Keyboard shortcuts',
	reportProblem: 'Report a problem',

	tile: {
		micOff: 'microphone off',
		cameraOff: 'camera off',
		hand: (order: number) => `hand raised ${nth(order)}`,
		speaking: 'speaking',
		connecting: 'connecting',
		reconnecting: 'reconnecting',
		failed: 'connection failed',
		pinned: 'pinned',
		screen: 'screen'
	},
	tileOptions: (name: string) => `Options for ${name}`,
	screenOf: (name: string) => `${name}’s screen`,
	connecting: 'Connecting…',
	reconnecting: 'Reconnecting…',
	noConnection: 'No connection',
	videoPaused: 'Video is paused to save data',
	pin: 'Pin',
	unpin: 'Unpin',
	hideOwnVideo: 'Hide my video',
	showOwnVideo: 'Show my video',
	moveTo: {
		'top-start': 'Move to top start',
		'top-end': 'Move to top end',
		'bottom-start': 'Move to bottom start',
		'bottom-end': 'Move to bottom end'
	},
	previousPage: 'Previous page',
	nextPage: 'Next page',
	firstPage: 'This is the first page',
	lastPage: 'This is the last page',
	page: (page: number, pages: number) => `Page ${number(page)} of ${number(pages)}`,
	sharing: 'You are sharing your screen',
	stop: 'Stop',

	stage: {
		muteForMe: 'Mute for me',
		hearAgain: 'Hear again',
		mutedForMe: 'muted for you',
		volume: 'Volume',
		volumeOf: (name: string) => `Volume of ${isolate(name)}`,
		hideVideo: 'Hide video',
		showVideo: 'Show video',
		details: 'Connection details',
		listening: (count: number) => `+${number(count)} listening`,
		listeningLabel: (count: number) =>
			plural(count, {
				one: '1 person without video is listening. Open people',
				other: `${number(count)} people without video are listening. Open people`
			}),
		screenNumber: (screen: number, screens: number) => `Screen ${number(screen)} of ${number(screens)}`,
		nextScreen: 'Show the next screen',
		view: 'View',
		zoomIn: 'Zoom in',
		zoomOut: 'Zoom out',
		fit: 'Fit',
		moveUp: 'Move up',
		moveDown: 'Move down',
		moveBack: 'Move to start side',
		moveForward: 'Move to end side',
		sharing: {
			monitor: 'You are sharing your screen',
			window: 'You are sharing a window',
			browser: 'You are sharing a tab'
		} as Readonly<Record<string, string>>,
		withSound: 'Sharing with sound',
		withoutSound: 'Sharing without sound',
		soundHint: 'To share sound, share a tab and choose to share its sound.',
		paused: 'Paused. Others see a black picture',
		pause: 'Pause',
		resume: 'Resume',
		text: 'Text',
		motion: 'Motion',
		sharpness: 'What it shows',
		screenRefused: {
			mac: 'Your system blocks screen recording. Allow it in System Settings, Privacy & Security, Screen Recording.',
			windows: 'Your system blocks screen capture. Allow it in Settings, Privacy & security.',
			other: 'Your system does not let the browser record the screen. Allow it when the system asks.'
		},
		lowerYourHand: 'Lower your hand?'
	},

	alone: 'You are the only one here',
	showCode: 'QR code',
	aloneHint: 'Send the link to the people you want to talk to.',

	connectionLost: 'Connection lost. Trying again',
	connectionLostIn: (seconds: number) => `Connection lost. Trying again in ${number(seconds)} s`,
	tryNow: 'Try now',
	back: 'Back in the call',
	recording: 'Recording',
	catchingUp: 'Chat and people list are catching up',
	longLost: 'Still no connection',
	longLostHint: 'Roost keeps trying for 30 minutes. You will be back in the call without doing anything.',
	audioBlocked: 'Tap to hear the call',

	searchPeople: 'Search people',
	nobodyByName: 'No one by that name',
	peopleHeading: (count: number) => `People (${number(count)})`,
	raisedHands: 'Raised hands',
	inCall: 'In call',
	moderator: 'Moderator',
	marks: {
		micOn: 'Microphone on',
		micOff: 'Microphone off',
		cameraOn: 'Camera on',
		cameraOff: 'Camera off',
		sharing: 'Sharing a screen',
		hand: (order: number) => `Hand raised ${nth(order)}`
	},

	leaveTitle: 'Leave this call?',
	leaveForOtherTitle: 'Leave this call and open the other one?',
	leaveHint: 'The others stay. You can come back with the same link.',
	stay: 'Stay',
	endForAll: 'End for everyone',

	expandPanel: 'Make the panel taller',
	shrinkPanel: 'Make the panel shorter',
	resizePanel: 'Panel width',

	pushToTalk: 'Talking while you hold Space',
	pushToMute: 'Muted while you hold Space',

	announce: {
		micOn: 'Microphone on',
		micOff: 'Microphone off',
		cameraOn: 'Camera on',
		cameraOff: 'Camera off',
		shareOn: 'You are sharing your screen',
		shareOff: 'You stopped sharing',
		handUp: 'Hand raised',
		handDown: 'Hand lowered',
		recordingOn: 'Recording started',
		recordingOff: 'Recording stopped',
		joined: (names: readonly string[]) => `${several(names)} joined`,
		left: (names: readonly string[]) => `${several(names)} left`,
		hands: (names: readonly string[]) => `${several(names)} raised a hand`,
		shares: (names: readonly string[]) =>
			plural(names.length, { one: `${several(names)} is sharing`, other: `${several(names)} are sharing` }),
		lost: 'Connection lost. Roost is trying again',
		back: 'Back in the call',
		pinned: (name: string) => `${isolate(name)} pinned`,
		unpinned: (name: string) => `${isolate(name)} unpinned`,
		message: (name: string, text: string) => `${isolate(name)}: ${isolate(text)}`,
		messages: (count: number) =>
			plural(count, { one: '1 new message', other: `${number(count)} new messages` }),
		status: (microphone: string, speaking: readonly string[], count: string) =>
			`${microphone}. ${speaking.length > 0 ? `${several(speaking)} speaking` : 'Nobody is speaking'}. ${count}.`
	},
	openChat: 'Open chat',

	shortcuts: {
		title: 'Keyboard shortcuts',
		microphone: 'Microphone on or off',
		camera: 'Camera on or off',
		talk: 'Talk, or mute, while held',
		chat: 'Open chat, again to close it',
		people: 'Open people, again to close it',
		hand: 'Raise or lower hand',
		react: 'Send a reaction',
		share: 'Share screen or stop',
		layout: 'Grid or speaker layout',
		pin: 'Pin the chosen tile',
		fullScreen: 'Full screen',
		pictureInPicture: 'Picture in picture',
		lowData: 'Low-data mode',
		connection: 'Connection details',
		settings: 'Settings',
		send: 'Send a message',
		page: 'Previous or next page of tiles',
		tiles: 'Move between tiles',
		region: 'Next or previous part of the screen',
		status: 'Say microphone, speakers and number of people',
		help: 'This list',
		close: 'Close what is open'
	},
	keys: {
		space: 'Space',
		shift: 'Shift',
		control: 'Ctrl',
		command: '⌘',
		escape: 'Esc',
		enter: 'Enter',
		pageUp: 'Page Up',
		pageDown: 'Page Down',
		arrows: 'Arrows',
		then: 'then',
		or: 'or',
		none: 'Off'
	},
	emoji: {
		'👍': 'Thumbs up',
		'👎': 'Thumbs down',
		'❤️': 'Heart',
		'🎉': 'Party',
		'👏': 'Applause',
		'👋': 'Wave',
		'😂': 'Laughing',
		'🤩': 'Amazed',
		'🤔': 'Thinking',
		'😲': 'Surprised',
		'😥': 'Sad',
		'🔥': 'Fire',
		'🙏': 'Thanks',
		'💯': 'Hundred points'
	} as Readonly<Record<string, string>>
} as const;
