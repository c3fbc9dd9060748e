import { at, ensureBrowser, helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run roundtrip -- LINK [OPTIONS]

Two headless browsers join the call of a link; one speaks, the other listens and compares: delay, loss, level, how alike
the sound is, and, where pocketsphinx is installed (Debian: pocketsphinx, pocketsphinx-en-us), the words.
Ends with 0 when what is heard is what was said, 1 when it is not or nobody gets into the call, 2 when this was typed wrongly.

  --relay                  only over TURN, as behind a firewall
  --seconds 15             how long to listen
  --speech FILE            what to say: WAV, one channel of 16 bit …
  --words "one two"        … and which words that is
  --insecure               take any certificate
  --json                   for machines`);

await prepare();
const browser = await ensureBrowser();
const built = await run('vite', ['build', '--config', 'tools/vite.config.ts'], {
	env: { ROOST_TOOL: 'roundtrip' },
	quiet: true
});
process.exitCode =
	built === 0
		? await run('node', [at('node_modules/.cache/roost-roundtrip/roundtrip.mjs'), ...process.argv.slice(2)], {
				env: { ROOST_CHROMIUM: browser, ROOST_SPEECH: at('tests', 'fixtures', 'digits.wav') }
			})
		: built;
