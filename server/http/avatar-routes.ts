import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as v from 'valibot';
import { limits } from '../../src/lib/protocol/limits.ts';
import { EmojiAvatarBody } from '../../src/lib/protocol/room-settings.ts';
import { charactersAtMost, WireBoolean } from '../../src/lib/protocol/wire.ts';
import { Refusal } from '../rooms/refusal.ts';
import { avatarVersion, guestAvatar, roomAvatar } from '../wire/avatar.ts';
import { changerOf } from './changer.ts';
import { read, sendOcs, tokenOf } from './ocs.ts';
import { viewChangedRoom } from './room-view.ts';
import type { Services } from './services.ts';

const path = '/v1/room/:token/avatar';
const hourSeconds = 60 * 60;

const DarkQuery = v.object({ darkTheme: v.optional(WireBoolean, false) });

/** The pictures of rooms: drawn here, so that nobody's address is shown to anybody for one. */
export function registerAvatarRoutes(app: FastifyInstance, services: Services): void {
	const { config, doors, settings } = services;

	const send = (request: FastifyRequest, reply: FastifyReply, isDark: boolean) => {
		const room = settings.look(tokenOf(request));
		reply.header('ETag', `"${avatarVersion(room)}-${isDark ? 'dark' : 'light'}"`);
		return sendPicture(reply, roomAvatar(room, isDark));
	};
	app.get(path, (request, reply) => send(request, reply, read(DarkQuery, request).darkTheme));
	app.get(`${path}/dark`, (request, reply) => send(request, reply, true));

	app.post(`${path}/emoji`, (request, reply) => {
		const [token, changer] = [tokenOf(request), changerOf(request, config)];
		doors.mustModerate(token, changer);
		const wanted = v.safeParse(EmojiAvatarBody, request.body);
		if (!wanted.success) {
			throw new Refusal('badRequest', 'avatar', {
				message: 'One emoji is wanted, and a color as six digits'
			});
		}
		const { emoji, color } = wanted.output;
		const room = settings.setAvatar(token, changer, { emoji, color: color ?? '' });
		return sendOcs(reply, viewChangedRoom(services, room, request.guestKey));
	});

	app.delete(path, (request, reply) => {
		const room = settings.setAvatar(tokenOf(request), changerOf(request, config), null);
		return sendOcs(reply, viewChangedRoom(services, room, request.guestKey));
	});
}

const GuestParams = v.object({
	name: v.pipe(v.string(), charactersAtMost(limits.nameCharacters)),
	size: v.pipe(v.string(), v.regex(/^\d{1,4}$/))
});

/** The pictures of guests, where Nextcloud has them: each fits any size. */
export function serveGuestAvatars(app: FastifyInstance): void {
	const send = (request: FastifyRequest, reply: FastifyReply, isDark: boolean) => {
		const params = v.safeParse(GuestParams, request.params);
		if (!params.success) return reply.code(404).type('text/plain').send('Not found\n');
		return sendPicture(reply, guestAvatar(params.output.name, isDark));
	};
	for (const root of ['', '/index.php']) {
		app.get(`${root}/avatar/guest/:name/:size`, (request, reply) => send(request, reply, false));
		app.get(`${root}/avatar/guest/:name/:size/dark`, (request, reply) => send(request, reply, true));
	}
}

function sendPicture(reply: FastifyReply, svg: string) {
	return reply
		.header('Cache-Control', `private, max-age=${hourSeconds}`)
		.header('Content-Disposition', 'inline; filename="avatar.svg"')
		.type('image/svg+xml')
		.send(svg);
}
