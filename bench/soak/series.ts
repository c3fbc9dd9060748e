import { countsOf, sessionsOf, type Look } from './judge.ts';
import type { Glance, PageLook } from './page-look.ts';

/** A look at the one who stays, alone or with the others; then it is only a glance. */
export interface Moment extends Omit<Look, 'page'> {
	round: number;
	page: Glance | PageLook;
}

interface Series {
	/** Of each row below; what was not looked for at a moment is left empty there. */
	columns: string[];
	/** Values with commas between them, so that the file of results can be read. */
	rows: string[];
}

/** The whole run as a table: who wants to see the curve needs nothing else. */
export function seriesOf(moments: readonly Moment[]): Series {
	const rows = moments.map(({ at, round, page, server }) => {
		const isAlone = 'alive' in page;
		const megabytes = {
			'page JavaScript': page.heap,
			'page nodes': page.nodesHeap,
			'page process': page.memory ?? Number.NaN,
			'server JavaScript': server.heap,
			'server process': server.memory
		};
		const { nodes, listeners, nativeConnections, open } = page;
		const counts = isAlone
			? countsOf({ at, page, server })
			: {
					nodes,
					listeners,
					timers: open.timers,
					'native connections': nativeConnections,
					...sessionsOf(server)
				};
		return new Map([
			['s', at.toFixed(0)],
			['round', String(round)],
			['who', isAlone ? 'alone' : 'all'],
			...Object.entries(megabytes).map(([name, value]) => [`${name} MB`, value.toFixed(2)] as const),
			...Object.entries(counts).map(([name, count]) => [name, String(count)] as const)
		]);
	});
	const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
	return { columns, rows: rows.map((row) => columns.map((column) => row.get(column) ?? '').join(',')) };
}
