/*
 * The media of many members of a call in one page: a connection for each, and one recording of 640 x 360 at 15 pictures
 * a second that all of them send. It is encoded once, before anything is measured: each connection has an encoder of its
 * own for a picture of 32 x 32, and what comes out of that is replaced by the next picture of the recording
 * (tiles-sender-worker.js). Sound is encoded for each. /floor/tiles-sender.html
 */

const size = { width: 640, height: 360 };
const fps = 15;
/** Six seconds: after that it begins anew, with a picture that stands for itself. */
const length = 90;
const bitsPerSecond = 500_000;

const worker = new Worker('tiles-sender-worker.js');
const connections = new Map();

/** A wall with people-sized shapes that sway before it, and the noise that cameras add. */
function draw(context, at) {
	const { width, height } = size;
	const sky = context.createLinearGradient(0, 0, width, height);
	sky.addColorStop(0, '#48617c');
	sky.addColorStop(1, '#8a6f5a');
	context.fillStyle = sky;
	context.fillRect(0, 0, width, height);
	for (let x = 0; x < width; x += 64) {
		context.fillStyle = `hsl(${(x * 3) % 360} 30% 45%)`;
		context.fillRect(x + 6, 20, 40, 110);
	}
	const sway = Math.sin((at / length) * 2 * Math.PI * 4);
	context.fillStyle = '#35506b';
	context.beginPath();
	context.ellipse(width / 2 + 12 * sway, height + 20, 190, 170, 0, 0, 2 * Math.PI);
	context.fill();
	context.fillStyle = '#d9a98a';
	context.beginPath();
	context.ellipse(width / 2 + 26 * sway, 165 + 6 * Math.abs(sway), 66, 84, 0.1 * sway, 0, 2 * Math.PI);
	context.fill();
	for (let nth = 0; nth < 400; nth += 1) {
		const shade = Math.floor(Math.random() * 255);
		context.fillStyle = `rgb(${shade} ${shade} ${shade} / 12%)`;
		context.fillRect(Math.random() * width, Math.random() * height, 3, 3);
	}
}

async function record() {
	const frames = [];
	let failure;
	const encoder = new VideoEncoder({
		output: (chunk) => {
			const bytes = new ArrayBuffer(chunk.byteLength);
			chunk.copyTo(bytes);
			frames.push(bytes);
		},
		error: (cause) => (failure = cause)
	});
	encoder.configure({
		codec: 'vp8',
		...size,
		bitrate: bitsPerSecond,
		framerate: fps,
		latencyMode: 'realtime'
	});
	const canvas = new OffscreenCanvas(size.width, size.height);
	const context = canvas.getContext('2d');
	for (let at = 0; at < length; at += 1) {
		draw(context, at);
		const frame = new VideoFrame(canvas, { timestamp: (at * 1_000_000) / fps });
		encoder.encode(frame, { keyFrame: at === 0 });
		frame.close();
	}
	await encoder.flush();
	encoder.close();
	if (failure) throw failure;
	worker.postMessage(frames);
	return { frames: frames.length, bytes: frames.reduce((sum, { byteLength }) => sum + byteLength, 0) };
}

/** Makes every encoder give a frame, fifteen times a second. */
function beat() {
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = 32;
	const context = canvas.getContext('2d');
	const stream = canvas.captureStream(0);
	const [track] = stream.getVideoTracks();
	let count = 0;
	setInterval(() => {
		count += 1;
		context.fillStyle = count % 2 === 0 ? '#446' : '#664';
		context.fillRect(0, 0, 32, 32);
		track.requestFrame();
	}, 1_000 / fps);
	return track;
}

/** A voice that never pauses: what is silent costs less. */
function hum() {
	const context = new AudioContext();
	const out = context.createMediaStreamDestination();
	const voice = new OscillatorNode(context, { type: 'sawtooth', frequency: 140 });
	const throat = new BiquadFilterNode(context, { type: 'bandpass', frequency: 700, Q: 0.7 });
	const words = new OscillatorNode(context, { frequency: 3 });
	const opening = new GainNode(context, { gain: 500 });
	words.connect(opening).connect(throat.frequency);
	voice
		.connect(throat)
		.connect(new GainNode(context, { gain: 0.3 }))
		.connect(out);
	voice.start();
	words.start();
	return out.stream.getAudioTracks()[0];
}

const tracks = { video: beat(), audio: hum() };

const gathered = (connection) =>
	new Promise((settle) => {
		const look = () => connection.iceGatheringState === 'complete' && settle();
		connection.addEventListener('icegatheringstatechange', look);
		look();
	});

/** @returns an offer that has its candidates in it */
async function offer(key, media) {
	const connection = new RTCPeerConnection();
	connections.set(key, { connection, ready: Promise.resolve() });
	const transceiver = connection.addTransceiver(tracks[media], { direction: 'sendonly' });
	if (media === 'video') {
		const { codecs } = RTCRtpSender.getCapabilities('video');
		transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => /VP8|rtx/.test(mimeType)));
		transceiver.sender.transform = new RTCRtpScriptTransform(worker);
	}
	await connection.setLocalDescription();
	await gathered(connection);
	return connection.localDescription.toJSON();
}

/**
 * What the other side says: the answer, its candidates, or an offer of its own, by which it asks for the picture or does
 * without it. Any client that negotiates obeys the latter: it says so in the answer, and the browser stops sending.
 * @returns an answer, where there is one to give
 */
function hear(key, { type, payload }) {
	const member = connections.get(key);
	if (!member) return undefined;
	const { connection } = member;
	const step = async () => {
		if (type === 'candidate') {
			await connection.addIceCandidate(payload.candidate);
			return undefined;
		}
		await connection.setRemoteDescription(payload);
		if (type === 'answer') return undefined;
		await connection.setLocalDescription();
		return connection.localDescription.toJSON();
	};
	// each after the one before: a candidate is of use only with a description
	const answer = member.ready.then(step);
	member.ready = answer.then(
		() => undefined,
		() => undefined
	);
	return answer;
}

function close() {
	for (const { connection } of connections.values()) connection.close();
	connections.clear();
}

globalThis.tilesSender = {
	offer,
	hear,
	close,
	isConnected: () =>
		[...connections.values()].every(({ connection }) => connection.connectionState === 'connected')
};
globalThis.tilesRecorded = record();
