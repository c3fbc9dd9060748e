import { expect, test } from '../support/guest.ts';

declare global {
	/** As much of it as is used here; the types of the DOM do not have it yet. */
	var trustedTypes: { createPolicy: (name: string, rules: object) => unknown };
}

test('given the page, when text would become markup or code, then the browser refuses; its own worker runs', async ({
	page,
	roost
}) => {
	await page.goto(roost.url);
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

	const refused = await page.evaluate(async () => {
		const attempts: Record<string, () => unknown> = {
			markup: () => (document.createElement('div').innerHTML = '<b>text</b>'),
			frame: () => (document.createElement('iframe').srcdoc = '<b>text</b>'),
			script: () => (document.createElement('script').src = '/_app/env.js'),
			'another worker': () => navigator.serviceWorker.register('/another-worker.js'),
			'a policy of its own': () =>
				globalThis.trustedTypes.createPolicy('mine', { createHTML: (text: string) => text })
		};
		const names: string[] = [];
		for (const [name, attempt] of Object.entries(attempts)) {
			try {
				await attempt();
			} catch (error) {
				if (error instanceof TypeError) names.push(name);
			}
		}
		return names;
	});

	expect(refused).toEqual(['markup', 'frame', 'script', 'another worker', 'a policy of its own']);
});
