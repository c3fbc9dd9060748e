import { setTimeout as pass } from 'node:timers/promises';

/**
 * An interval that is itself part of what is measured: how long counters are watched, how long a wire stays cut. Nothing
 * is hoped to have happened by its end; facts are waited for as facts.
 */
export const measureFor = (ms: number): Promise<void> => pass(ms);
