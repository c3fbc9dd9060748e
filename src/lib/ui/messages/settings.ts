export const settings = {
	title: 'Settings',
	tabs: {
		audio: 'Audio',
		video: 'Video',
		appearance: 'Appearance',
		accessibility: 'Accessibility',
		sounds: 'Sounds and notifications',
		keyboard: 'Keyboard',
		privacy: 'Privacy',
		diagnostics: 'Diagnostics',
		about: 'About'
	},
	reset: 'Reset this page',
	wasReset: 'These settings are as they were at first',

	controls: {
		echoCancellation: 'Echo cancellation',
		noiseSuppression: 'Noise suppression',
		autoGain: 'Automatic gain',
		music: 'Music',
		pushToTalk: 'Push to talk',
		hintsWhenMuted: 'Tell me when I speak while muted',
		mirrorsOwnVideo: 'Mirror my video',
		sendQuality: 'Quality that others get',
		theme: 'Theme',
		language: 'Language',
		textSize: 'Text size',
		layout: 'Layout of calls',
		hidesWithoutVideo: 'Hide people without video',
		showsReactions: 'Show reactions',
		reducesMotion: 'Reduce motion',
		announcements: 'What is read out in a call',
		alwaysShowsControls: 'Always show controls',
		soundVolume: 'Volume of sounds',
		chatNotices: 'Messages while the chat is closed',
		keepsScreenOn: 'Keep the screen on in a call',
		autoPictureInPicture: 'Picture in picture when I switch tabs',
		asksWhenAlone: 'Ask when I am alone for 10 minutes',
		singleKeys: 'Single-key shortcuts',
		rememberCalls: 'Remember my calls'
	},
	hints: {
		music: 'For instruments: nothing is filtered, and sound is sent in stereo.',
		pushToTalk: 'Hold Space to talk while muted, or to be muted for a moment.',
		hintsWhenMuted: 'The microphone is listened to on this device only.',
		mirrorsOwnVideo: 'Only for you. Others see you as you are.',
		sendQuality: 'Lower needs less of your connection and your battery.',
		hidesWithoutVideo: 'They share one tile that opens the list of people.',
		reducesMotion: 'Nothing slides or grows, whatever your system says.',
		announcements: 'For screen readers. What you do yourself is always confirmed.',
		alwaysShowsControls: 'Full screen and landscape phones hide them otherwise.',
		singleKeys: 'Off: only keys with Ctrl or ⌘, and Page Up, Page Down and F6, do something.',
		rememberCalls: 'A list of rooms on the home page, in this browser only.'
	},
	choices: {
		sendQuality: { auto: 'Automatic', high: 'High', medium: 'Medium', low: 'Low' },
		theme: { auto: 'Automatic', light: 'Light', dark: 'Dark', contrast: 'High contrast' },
		layout: { auto: 'Automatic', grid: 'Grid', speaker: 'Speaker' },
		announcements: { all: 'Everything', important: 'What is important', none: 'Nothing' },
		chatNotices: { all: 'All', mentions: 'Only when I am mentioned', none: 'None' }
	},
	languageAuto: 'As the browser asks',

	yourVoice: 'How you sound',
	turnOnMicrophone: 'Turn on microphone',
	turnOnCamera: 'Turn on camera',
	notOpened: {
		microphone: 'The microphone could not be turned on. Allow it in the address bar, or choose another.',
		camera: 'The camera could not be turned on. Allow it in the address bar, or choose another.'
	},
	onlyYouHear: 'Nobody else hears or sees this.',
	record: 'Record 5 seconds',
	recording: 'Recording. Say something',
	playing: 'Playing what you said',
	stop: 'Stop',
	recordFailed: 'That could not be recorded or played.',
	processing: 'What is done to your voice',
	preview: 'Your video',
	cameraOff: 'Camera is off',

	sounds: {
		join: 'Somebody joins',
		leave: 'Somebody leaves',
		hand: 'A hand is raised',
		message: 'A message, while the chat is closed',
		recording: 'Recording starts or stops',
		lost: 'Connection lost',
		back: 'Connection back'
	},
	soundsTitle: 'Sounds for',
	soundsHint: 'Nothing sounds while you speak. With more than 8 people, coming and going is quiet.',
	noticesTitle: 'Notices',
	tryIt: 'Try it',

	changeKey: 'Change',
	changeKeyOf: 'Change the key for:',
	pressKey: 'Press a key',
	keyTaken: 'That key is in use for:',
	keyUnfit: 'Only a letter, a digit or a sign can be chosen.',
	keyChanged: 'Changed',

	storedTitle: 'What this browser remembers',
	stored: {
		settings: 'These settings, your name, and the devices you chose',
		rooms: 'Rooms you were in, with the name you had there',
		calls: 'Calls that go on, to find the way back after a crash',
		messages: 'Messages that were not sent yet',
		tab: 'For this tab only: a number that tells it from other tabs'
	},
	deleteAll: 'Delete all',
	deleteTitle: 'Delete everything that is remembered?',
	deleteHint: 'Settings and the list of rooms go, and messages that wait. A call goes on.',
	deleted: 'Everything was deleted',
	leavesTitle: 'What leaves the browser',
	leaves: {
		server: 'To the server: your name, messages, and who is in the call.',
		people: 'To the people in the call, or the media server between you: sound and pictures, encrypted.',
		relay: 'To the relay, where there is no direct way: the same, which it cannot read.',
		nothing: 'To anybody else: nothing. There are no statistics, and no files from other servers.'
	},

	reportHint:
		'Names, tokens, addresses and messages were removed. Nothing is sent: read it, then copy it or save it.',
	report: 'Report',
	collecting: 'Collecting…',
	refresh: 'Collect again',
	copy: 'Copy',
	copied: 'Copied',
	save: 'Save as file',

	version: 'Version',
	built: 'Built',
	licence: 'Licence',
	source: 'Source',
	sourceText: 'The source comes with every copy of Roost: ask whoever runs this server.',
	aboutText: 'Group calls from a link.'
} as const;
