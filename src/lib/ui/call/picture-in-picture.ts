/** Part of the page in a window of its own; not in the DOM's own types. */
interface DocumentPictureInPicture {
	requestWindow: (options: { width: number; height: number }) => Promise<Window>;
}

const documentWindows = (): DocumentPictureInPicture | undefined =>
	(window as Window & { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;

/** Whether this browser can show the call outside of its page at all. */
export const hasPictureInPicture = (): boolean =>
	documentWindows() !== undefined || document.pictureInPictureEnabled;

export interface SmallWindow {
	/** null: the browser shows a mere picture, and nothing can be put into it. */
	body: HTMLElement | null;
	close: () => void;
}

/**
 * Opens the small window: one that takes the page's own parts where the browser has such, else a picture alone.
 * @param stream what a mere picture shows; null: there is nothing to show
 * @param onclose it was closed, by whomever; called once
 * @returns null: the browser refuses, for want of a press
 */
export async function openSmallWindow(
	stream: MediaStream | null,
	onclose: () => void
): Promise<SmallWindow | null> {
	try {
		const windows = documentWindows();
		return windows === undefined ? await openVideo(stream, onclose) : await openDocument(windows, onclose);
	} catch {
		return null;
	}
}

async function openDocument(windows: DocumentPictureInPicture, onclose: () => void): Promise<SmallWindow> {
	const small = await windows.requestWindow({ width: 360, height: 260 });
	const { document: inside } = small;
	for (const style of document.querySelectorAll('link[rel="stylesheet"], style')) {
		inside.head.append(inside.importNode(style, true));
	}
	const { documentElement: root } = document;
	for (const { name, value } of root.attributes) inside.documentElement.setAttribute(name, value);
	inside.title = document.title;
	small.addEventListener('pagehide', onclose, { once: true });
	return { body: inside.body, close: () => small.close() };
}

async function openVideo(stream: MediaStream | null, onclose: () => void): Promise<SmallWindow | null> {
	if (stream === null) return null;
	const video = document.createElement('video');
	Object.assign(video, { srcObject: stream, muted: true, playsInline: true });
	await video.play();
	await video.requestPictureInPicture();
	const end = () => {
		video.srcObject = null;
		onclose();
	};
	video.addEventListener('leavepictureinpicture', end, { once: true });
	return {
		body: null,
		close: () => void document.exitPictureInPicture().catch(() => undefined)
	};
}
