/**
 * The server broken on purpose, in one place each: what the fuzz does not find there, it would not find anywhere.
 * `why` is the rule that is broken.
 * @type {{ name: string, file: string, find: string, replace: string, why: string }[]}
 */
export const mutants = [
	{
		name: 'writes-without-the-bit',
		why: 'who may not write, or react, does not',
		file: 'server/rooms/chat.ts',
		find: 'if (isReadOnly(room) || !permits(room, attendee, bit))',
		replace: 'if (isReadOnly(room))'
	},
	{
		name: 'guests-moderate',
		why: 'only moderators change a room',
		file: 'server/rooms/world.ts',
		find: 'if (!by || !isModerator(by)) throw',
		replace: 'if (!by) throw'
	},
	{
		name: 'banned-come-in',
		why: 'who is banned is not let in',
		file: 'server/rooms/membership.ts',
		find: "if (isBanned(world, room, asker)) throw new Refusal('notAllowed', 'ban');",
		replace: ''
	},
	{
		name: 'lobby-hears',
		why: 'who waits in the lobby hears nothing that is said in the room',
		file: 'server/signaling/room-members.ts',
		find: 'if (!room || room.lobbyState === 0) return membersOf(token);',
		replace: 'if (room !== null) return membersOf(token);'
	},
	{
		name: 'room-session-of-anybody',
		why: 'a room session lets in only the guest who was given it',
		file: 'server/signaling/hub.ts',
		find: 'if (found?.room.token !== roomid || found.guestKey !== session.guestKey) return undefined;',
		replace: 'if (found?.room.token !== roomid) return undefined;'
	},
	{
		name: 'anybody-orders',
		why: 'orders to others take the right to control',
		file: 'server/signaling/relay.ts',
		find: "return rights.may(sender, 'control') ? undefined : 'no right to control';",
		replace: 'return undefined;'
	},
	{
		name: 'data-of-others',
		why: 'the data of a session are its own to write',
		file: 'server/signaling/rights.ts',
		find: 'return owner === session.id && ',
		replace: 'return '
	},
	{
		name: 'name-behind-the-password',
		why: 'strangers see no name of a room with a password',
		file: 'server/wire/room.ts',
		find: 'const isShown = own !== undefined || isTrusted || !hasPassword;',
		replace: 'const isShown = own !== null || isTrusted || !hasPassword;'
	},
	{
		name: 'resume-ids-in-the-list',
		why: 'the resume id is for its owner alone',
		file: 'server/signaling/frames.ts',
		find: "sessionid: session.id,\n\t\tuserid: '',\n\t\t...(displayname",
		replace: "sessionid: session.id,\n\t\tresumeid: session.resumeId,\n\t\tuserid: '',\n\t\t...(displayname"
	},
	{
		name: 'bits-of-any-number',
		why: 'permission bits are a number from 0 to 511',
		file: 'src/lib/protocol/room-settings.ts',
		find: 'const Bits = v.pipe(WireInteger, v.minValue(0), v.maxValue(allBits));',
		replace: 'const Bits = v.pipe(WireInteger, v.maxValue(allBits));'
	},
	{
		name: 'malformed-frames-fail',
		why: 'a malformed frame is answered, and is no failure of the server',
		file: 'server/signaling/frame-handler.ts',
		find: 'if (!(error instanceof v.ValiError)) throw error;',
		replace: 'if (error !== null) throw error;'
	},
	{
		name: 'lobby-leaves-the-call',
		why: 'a lobby that closes takes whoever has to wait out of the call',
		file: 'server/rooms/doors.ts',
		find: 'if (isInLobby(room, participant.attendee)) leaveWithin(',
		replace: 'if (isInLobby(room, participant.attendee) && token === id.toString()) leaveWithin('
	}
];
