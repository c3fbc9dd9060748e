import type { Cut } from '../../tests/support/roost-server.ts';
import { measureFor } from '../support/interval.ts';
import type { Person, Stayer } from './people.ts';

interface Scene {
	stayer: Stayer;
	others: readonly Person[];
	/** Of the one who stays, and of the others. */
	wires: { stayer: Cut; others: Cut };
	/** Looks at the one who stays while all are there and nothing is open. */
	lookInCompany: () => Promise<void>;
}

/** How long a wire is cut: longer than a connection that hiccups, shorter than a session is kept. */
const cutMs = 4_000;

/** What does not happen in every round, but one after the other; in the first everything does. */
const turns = ['lost tab', 'screen of another', 'own cut', 'own screen', "the others' cut"] as const;
type Turn = (typeof turns)[number];

const turnsOf = (round: number): readonly Turn[] =>
	round === 0 ? turns : turns.filter((_, index) => index === round % turns.length);

/**
 * Everybody comes, does what people do in a call, and leaves; whoever stays is alone afterwards.
 * @throws when something of it does not happen in time
 */
export async function playRound(
	round: number,
	{ stayer, others, wires, lookInCompany }: Scene
): Promise<void> {
	const turn = new Set(turnsOf(round));
	const [ben, cem, dan] = others;
	if (!ben || !cem || !dan) throw new Error('three others are needed');
	const all = (deed: (person: Person) => Promise<void>) => Promise.all(others.map(deed));

	await all((person) => person.come());
	await stayer.untilConnections(3);
	if (turn.has('lost tab')) {
		await dan.closeTab();
		await dan.come();
		await stayer.untilConnections(3);
	}
	await stayer.untilPictures();

	await stayer.press('Mute microphone');
	await ben.press('Turn camera off');
	await stayer.say(`Round ${round}`);
	await all((person) => person.say(`${person.name} in round ${round}`));
	for (const { name } of others) await stayer.untilHeard(`${name} in round ${round}`);
	await stayer.press('Unmute microphone');
	await ben.press('Turn camera on');
	await stayer.press('Turn camera off');
	await cem.press('Raise hand');
	await stayer.lookAround();
	await stayer.press('Turn camera on');
	await cem.leave();
	await stayer.untilConnections(2);
	await cem.come();
	await stayer.untilConnections(3);

	if (turn.has('screen of another')) {
		await ben.share();
		await stayer.untilConnections(4);
		await stayer.untilPictures();
		await ben.press('Stop sharing');
		await stayer.untilConnections(3);
	}
	if (turn.has('own screen')) {
		await stayer.share();
		await stayer.untilConnections(6);
		await stayer.press('Stop sharing');
		await stayer.untilConnections(3);
	}
	if (turn.has('own cut')) {
		wires.stayer.cut();
		await stayer.untilNotice(true);
		await ben.say(`Cut in round ${round}`);
		await measureFor(cutMs);
		wires.stayer.restore();
		await stayer.untilNotice(false);
		await stayer.untilHeard(`Cut in round ${round}`);
		await stayer.lookAround();
	}
	if (turn.has("the others' cut")) {
		wires.others.cut();
		await measureFor(cutMs);
		wires.others.restore();
		await ben.say(`Back in round ${round}`);
		await stayer.untilHeard(`Back in round ${round}`);
		await stayer.lookAround();
		await stayer.untilConnections(3);
	}
	await stayer.untilPictures();
	await lookInCompany();

	await all((person) => person.leave());
	await stayer.untilConnections(0);
}

/** After something did not happen in time: everybody else goes, however they can. */
export async function clearAway(
	stayer: Stayer,
	others: readonly Person[],
	wires: Scene['wires']
): Promise<void> {
	wires.stayer.restore();
	wires.others.restore();
	for (const person of others) await person.startOver();
	await stayer.tidyUp();
	await stayer.untilConnections(0);
}
