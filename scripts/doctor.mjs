import { at, helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run doctor -- [--json] LINK

Looks at everything that a call needs, as a guest at the link of a call: page, capabilities, room, settings, socket,
hello, what the signaling server can do, whether the servers reach each other, clocks, STUN, and TURN with a real
allocation over each of its addresses. For what is wrong it says what to change. The guest "Roost doctor" is in the room
for a few seconds, and never in the call.

  --json   for programs

Ends with 0 if all is well, warnings included, 1 if something has to be changed, 2 if the link is none.
For example: npm run doctor -- https://calls.example.org/call/abcd`);

await prepare();
const built = await run('vite', ['build', '--config', 'tools/vite.config.ts'], {
	env: { ROOST_TOOL: 'doctor' },
	quiet: true
});
process.exitCode =
	built === 0
		? await run('node', [at('node_modules/.cache/roost-doctor/doctor.mjs'), ...process.argv.slice(2)])
		: built;
