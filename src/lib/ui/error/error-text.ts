import type { PageError } from '$lib/domain/call/call-view.ts';
import type { errors } from '../messages/errors.ts';

/** What can end a visit: everything the call may report, and what only a page can notice. */
export type PageErrorCode =
	PageError['code'] | 'call.not-started' | 'network.offline' | 'app.part-missing' | 'app.crashed';

/** The code people read out to those who help them. */
type PageCode = keyof (typeof errors)['pages'];
/** What a person can do on an error page. */
export type PageAction = keyof (typeof errors)['actions'];

const pageCodes = {
	'room.not-found': 'R-ROOM-404',
	'room.password': 'R-PASSWORD',
	'room.banned': 'R-BANNED',
	'room.occupied': 'R-DUPLICATE',
	'room.lobby': 'R-LOBBY',
	'call.forbidden': 'R-LOCKED',
	'call.full': 'R-FULL',
	'call.consent': 'R-CONSENT',
	'call.encrypted': 'R-E2EE',
	'call.removed': 'R-REMOVED',
	'call.duplicate': 'R-DUPLICATE',
	'call.not-started': 'R-NOTSTARTED',
	'session.lost': 'R-AUTH',
	'server.unreachable': 'R-SERVER',
	'server.maintenance': 'R-MAINT',
	'server.certificate': 'R-CERT',
	'server.throttled': 'R-THROTTLE',
	'server.refused': 'R-AUTH',
	'server.unexpected': 'R-SERVER',
	'signaling.refused': 'R-SIGNAL',
	'media.denied': 'R-CAM-DENIED',
	'media.system': 'R-OS-DENIED',
	'media.none': 'R-CAM-NONE',
	'media.busy': 'R-CAM-BUSY',
	'media.cancelled': 'R-CAM-DENIED',
	'media.unsupported': 'R-BROWSER',
	'storage.unavailable': 'R-CRASH',
	'browser.unsupported': 'R-BROWSER',
	'page.insecure': 'R-INSECURE',
	'network.offline': 'R-OFFLINE',
	'app.part-missing': 'R-CHUNK',
	'app.crashed': 'R-CRASH'
} as const satisfies Record<PageErrorCode, PageCode>;

export const pageCodeOf = (code: PageErrorCode): PageCode => pageCodes[code];
