/*
 * The least code that decodes, shows and plays what many people send: a connection and an element for each, in a grid of
 * equal cells. There is no server: whoever measures hands the descriptions over. /floor/tiles.html
 */

/** Answers an offer that has its candidates in it, with an answer that has them too. */
async function receive({ offer, media }) {
	const connection = new RTCPeerConnection();
	connection.addEventListener('track', ({ track }) => {
		if (track.kind !== media) return;
		const element = document.createElement(media);
		// sound is heard from elements of its own, as in Roost: a picture is always silent
		Object.assign(element, { autoplay: true, playsInline: true, muted: media === 'video' });
		element.srcObject = new MediaStream([track]);
		document.body.append(element);
		const columns = Math.ceil(Math.sqrt(document.querySelectorAll('video').length));
		document.body.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
	});
	await connection.setRemoteDescription(offer);
	await connection.setLocalDescription();
	await new Promise((settle) => {
		const look = () => connection.iceGatheringState === 'complete' && settle();
		connection.addEventListener('icegatheringstatechange', look);
		look();
	});
	return connection.localDescription.toJSON();
}

globalThis.tilesFloor = { receive };
