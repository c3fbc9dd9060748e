const pausesMs = [500, 2_000] as const;

/**
 * Loads a part of the app. A network that has just changed loses a request or two, so it is tried twice more.
 * @throws what the third attempt threw
 */
export async function insist<Part>(load: () => Promise<Part>): Promise<Part> {
	for (const ms of pausesMs) {
		try {
			return await load();
		} catch {
			await new Promise((resume) => setTimeout(resume, ms));
		}
	}
	return load();
}
