/*
 * The least code that gets a guest into a call of Talk, with one other and without any repair: what joining costs at
 * least, in the fewest round trips that the protocol allows. /floor/index.html?room=<token>
 */

const room = new URLSearchParams(location.search).get('room');
const ask = async (method, path, body) => {
	const headers = {
		'OCS-APIRequest': 'true',
		Accept: 'application/json',
		'Content-Type': 'application/json'
	};
	const url = `/ocs/v2.php/apps/spreed/api/${path}`;
	const answer = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`);
	return (await answer.json()).ocs.data;
};

const preview = document.querySelector('#preview');
const join = document.querySelector('#join');

const local = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
preview.srcObject = local;
const settings = await ask('GET', `v3/signaling/settings?token=${room}`);
const iceServers = [...settings.stunservers, ...settings.turnservers];
join.disabled = false;

let socket;
let own;
let isServed = false;
let requests = 0;
const answers = new Map();
/** By session and call, since a media server speaks for others. */
const calls = new Map();
const called = new Set();
const inCall = new Set();

const request = (frame) => {
	const id = String((requests += 1));
	socket.send(JSON.stringify({ id, ...frame }));
	return new Promise((settle, fail) => answers.set(id, { settle, fail }));
};
const tell = (sessionid, data) =>
	socket.send(
		JSON.stringify({
			type: 'message',
			message: {
				recipient: { type: 'session', sessionid },
				data: { to: sessionid, roomType: 'video', ...data }
			}
		})
	);

join.addEventListener('click', async () => {
	const entering = ask('POST', `v4/room/${room}/participants/active`, { force: true });
	socket = new WebSocket(`${settings.server.replace(/^http/, 'ws')}/spreed`);
	socket.addEventListener('message', ({ data }) => take(JSON.parse(data)));
	await new Promise((opened) => socket.addEventListener('open', opened));
	const url = `${location.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
	const auth = { url, params: settings.helloAuthParams['2.0'] };
	const greeting = request({ type: 'hello', hello: { version: '2.0', auth } });
	const { sessionId } = await entering;
	const joined = request({ type: 'room', room: { roomid: room, sessionid: sessionId } });
	const { hello } = await greeting;
	own = hello.sessionid;
	isServed = hello.server.features.includes('mcu');
	await joined;
	await ask('POST', `v4/call/${room}`, { flags: 7 });
	document.title = 'in';
});

document.querySelector('#leave').addEventListener('click', async () => {
	await ask('DELETE', `v4/call/${room}`);
	await ask('DELETE', `v4/room/${room}/participants/active`);
	socket.close();
	document.title = 'left';
});

function take(frame) {
	const asked = answers.get(frame.id);
	if (frame.type === 'error') asked?.fail(new Error(`refused: ${frame.error.code}`));
	else asked?.settle(frame);
	if (frame.type === 'event' && frame.event.target === 'participants') update(frame.event.update.users ?? []);
	if (frame.type === 'event' && frame.event.target === 'room') frame.event.leave?.forEach(forget);
	if (frame.type === 'message') void hear(frame.message.sender.sessionid, frame.message.data);
}

function update(users) {
	for (const { sessionId, inCall: flags } of users) {
		if (flags > 0) inCall.add(sessionId);
		else forget(sessionId);
	}
	if (!inCall.has(own)) return;
	for (const id of inCall) {
		if (called.has(id)) continue;
		called.add(id);
		if (id === own) {
			if (isServed) void offer(own, 'sendonly');
		} else if (isServed) tell(id, { type: 'requestoffer' });
		else if (own > id) void offer(id, 'sendrecv');
	}
}

function forget(id) {
	inCall.delete(id);
	called.delete(id);
	for (const [key, call] of calls) {
		if (call.id !== id) continue;
		call.connection.close();
		call.video.remove();
		calls.delete(key);
	}
}

function open(id, sid, direction) {
	const connection = new RTCPeerConnection({ iceServers });
	const video = document.createElement('video');
	Object.assign(video, { autoplay: true, playsInline: true, width: 320 });
	connection.onicecandidate = ({ candidate }) => {
		if (candidate?.candidate) tell(id, { type: 'candidate', sid, payload: { candidate } });
	};
	connection.ontrack = ({ streams: [stream] }) => {
		if (video.srcObject === stream) return;
		video.srcObject = stream;
		document.body.append(video);
	};
	if (direction) {
		for (const track of local.getTracks()) connection.addTransceiver(track, { direction, streams: [local] });
	}
	const call = { id, connection, video, ready: Promise.resolve() };
	calls.set(`${id} ${sid}`, call);
	return call;
}

async function offer(id, direction) {
	const sid = crypto.randomUUID();
	const { connection } = open(id, sid, direction);
	await connection.setLocalDescription();
	tell(id, { type: 'offer', sid, payload: connection.localDescription.toJSON() });
}

async function hear(id, { type, sid, payload }) {
	const call = calls.get(`${id} ${sid}`) ?? (type === 'offer' ? open(id, sid) : undefined);
	if (!call) return;
	const { connection } = call;
	// each after the one before: a candidate is of use only with a description
	call.ready = call.ready.then(async () => {
		if (type === 'candidate') return connection.addIceCandidate(payload.candidate);
		if (type !== 'offer' && type !== 'answer') return;
		await connection.setRemoteDescription(payload);
		if (type === 'answer') return;
		if (!isServed) local.getTracks().forEach((track) => connection.addTrack(track, local));
		await connection.setLocalDescription();
		tell(id, { type: 'answer', sid, payload: connection.localDescription.toJSON() });
	});
}
