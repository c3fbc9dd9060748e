/**
 * Machines broken on purpose, one line each: if no row of the call semantics went red, that row would be worth nothing.
 * `kills` lists exactly the rows that must go red; others must stay green.
 * @type {{ name: string, file: string, find: string, replace: string, why: string, kills: string[] }[]}
 */
export const mutants = [];
