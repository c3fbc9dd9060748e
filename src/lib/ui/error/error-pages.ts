import type { errors } from '../messages/errors.ts';
import type { PageAction } from './error-text.ts';

interface ErrorPage {
	/** `waiting`: it mends itself, the person may stay; `stopped`: the person decides what next. */
	mood: 'waiting' | 'stopped';
	icon: 'search' | 'server' | 'devices' | 'browser' | 'lock' | 'tabs' | 'wait' | 'offline' | 'broken';
	/** The first is the primary one. */
	actions: readonly PageAction[];
}

/** How each page looks and what it offers; its words are in the catalogue. */
export const errorPages = {
	'R-ROOM-404': { mood: 'stopped', icon: 'search', actions: ['enter-link', 'home'] },
	'R-SERVER': { mood: 'waiting', icon: 'server', actions: ['retry', 'check', 'home'] },
	'R-MAINT': { mood: 'waiting', icon: 'server', actions: ['retry', 'home'] },
	'R-SIGNAL': { mood: 'waiting', icon: 'server', actions: ['retry', 'check', 'home'] },
	'R-AUTH': { mood: 'stopped', icon: 'lock', actions: ['try-again', 'home'] },
	'R-CAM-DENIED': { mood: 'stopped', icon: 'devices', actions: ['try-again', 'join-without'] },
	'R-OS-DENIED': { mood: 'stopped', icon: 'devices', actions: ['try-again', 'join-without'] },
	'R-CAM-NONE': { mood: 'stopped', icon: 'devices', actions: ['join-without', 'home'] },
	'R-CAM-BUSY': { mood: 'stopped', icon: 'devices', actions: ['try-again', 'join-without'] },
	'R-BROWSER': { mood: 'stopped', icon: 'browser', actions: ['copy-link', 'home'] },
	'R-INSECURE': { mood: 'stopped', icon: 'lock', actions: ['open-secure', 'home'] },
	'R-DUPLICATE': { mood: 'stopped', icon: 'tabs', actions: ['use-here', 'join-beside', 'home'] },
	'R-REMOVED': { mood: 'stopped', icon: 'lock', actions: ['home'] },
	'R-BANNED': { mood: 'stopped', icon: 'lock', actions: ['home'] },
	'R-LOCKED': { mood: 'waiting', icon: 'lock', actions: ['home'] },
	'R-FULL': { mood: 'waiting', icon: 'wait', actions: ['retry', 'home'] },
	'R-NOTSTARTED': { mood: 'waiting', icon: 'wait', actions: ['home'] },
	'R-THROTTLE': { mood: 'waiting', icon: 'wait', actions: ['home'] },
	'R-OFFLINE': { mood: 'waiting', icon: 'offline', actions: ['retry', 'home'] },
	'R-CHUNK': { mood: 'stopped', icon: 'broken', actions: ['reload', 'home'] },
	'R-CRASH': { mood: 'stopped', icon: 'broken', actions: ['rejoin', 'copy-report', 'home'] },
	'R-PASSWORD': { mood: 'stopped', icon: 'lock', actions: ['home'] },
	'R-LOBBY': { mood: 'waiting', icon: 'wait', actions: ['home'] },
	'R-E2EE': { mood: 'stopped', icon: 'lock', actions: ['home', 'try-again'] },
	'R-CERT': { mood: 'waiting', icon: 'server', actions: ['retry', 'home'] },
	'R-CONSENT': { mood: 'stopped', icon: 'lock', actions: ['home'] }
} as const satisfies Record<keyof (typeof errors)['pages'], ErrorPage>;
