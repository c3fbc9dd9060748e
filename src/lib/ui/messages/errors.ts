import { english as en } from './english.ts';

export const errors = {
	pages: {
		'R-ROOM-404': {
			title: 'This call was not found',
			body: 'The link may be wrong, or the call was deleted. Ask for a new link.'
		},
		'R-SERVER': {
			title: 'The server is not answering',
			body: 'It may be restarting. We keep trying and let you in when it is back.'
		},
		'R-MAINT': {
			title: 'The server is being updated',
			body: 'This usually takes a few minutes. We look again by ourselves.'
		},
		'R-SIGNAL': {
			title: 'Calls are not available right now',
			body: 'The call service on this server is down. We keep trying.'
		},
		'R-AUTH': {
			title: 'Could not verify this session',
			body: 'The server did not accept it any more. Trying again starts a new one.'
		},
		'R-CAM-DENIED': {
			title: 'Camera and microphone are blocked',
			body: 'Allow them at the start of the address bar. You can also join without them.'
		},
		'R-OS-DENIED': {
			title: 'Your system blocks the camera or microphone',
			body: 'Allow this browser in the privacy settings of your system, then try again.'
		},
		'R-CAM-NONE': {
			title: 'No camera or microphone found',
			body: 'Plug one in, we notice by ourselves. You can also join and listen.'
		},
		'R-CAM-BUSY': {
			title: 'Another app is using the camera',
			body: 'Close it there, then try again. Your microphone still works.'
		},
		'R-BROWSER': {
			title: 'This browser cannot make calls',
			body: 'Open the link in a current Firefox, Chrome, Edge or Safari.'
		},
		'R-INSECURE': {
			title: 'This page is not secure',
			body: 'Browsers give camera and microphone only to https pages. Open the secure version.'
		},
		'R-DUPLICATE': {
			title: 'You are in this call in another tab',
			body: 'Use it here and leave there, or go back to the other tab.'
		},
		'R-REMOVED': {
			title: 'You were removed from this call',
			body: 'Only a moderator can let you back in.'
		},
		'R-BANNED': { title: 'You cannot join this call', body: 'A moderator has blocked this.' },
		'R-LOCKED': {
			title: 'Calls are turned off in this room',
			body: 'Ask a moderator to turn them on. We notice when that happens.'
		},
		'R-FULL': {
			title: 'This call is full',
			body: 'We try again every 15 seconds and let you in when there is room.'
		},
		'R-NOTSTARTED': {
			title: 'The call has not started',
			body: 'You join by yourself when it starts. Keep this page open.'
		},
		'R-THROTTLE': {
			title: 'Too many tries',
			body: 'The server asks for a short break. We go on by ourselves after it.'
		},
		'R-OFFLINE': {
			title: 'You are offline',
			body: 'The app is ready. It connects by itself when you are back.'
		},
		'R-CHUNK': {
			title: 'A part of the app did not load',
			body: 'Everything else goes on. Reload when you can.'
		},
		'R-CRASH': {
			title: 'Something went wrong',
			body: 'The call may still be running. Your name and devices are kept.'
		},
		'R-PASSWORD': {
			title: 'This call needs a password',
			body: 'Ask the person who invited you for it, then open the link again.'
		},
		'R-LOBBY': {
			title: 'Waiting to be let in',
			body: 'A moderator opens this call. You join by yourself then; keep this page open.'
		},
		'R-E2EE': {
			title: 'Calls here are end-to-end encrypted',
			body: 'Roost cannot take part: nobody would hear or see you. Open the link in Nextcloud Talk instead.'
		},
		'R-CERT': {
			title: 'The server cannot be trusted',
			body: 'Its certificate is not valid, so nothing was sent. Whoever runs it can mend that; we keep trying.'
		},
		'R-CONSENT': {
			title: 'This call is recorded',
			body: 'Everyone must agree to that before joining, and it cannot be asked here yet.'
		}
	},
	actions: {
		retry: 'Try now',
		'try-again': 'Try again',
		home: 'Home',
		check: 'Check connection',
		'enter-link': 'Enter another link',
		'join-without': 'Join without',
		'copy-link': 'Copy link',
		'open-secure': 'Open secure version',
		'use-here': 'Use here',
		'join-beside': 'Join as another guest',
		reload: 'Reload',
		rejoin: 'Reload and rejoin',
		'copy-report': 'Copy report'
	},
	trying: 'Trying again…',
	waitSeconds: (seconds: number) =>
		en.plural(seconds, { one: 'Wait 1 second.', other: `Wait ${en.number(seconds)} seconds.` }),
	mayTryNow: 'You can try again now.',
	details: 'Details',
	code: 'Code',
	since: 'Since',
	server: 'Server',
	copyDetails: 'Copy details',
	detailsCopied: 'Details copied',
	reportCopied: 'Report copied'
} as const;
