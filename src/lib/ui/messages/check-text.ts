import { check } from './check.ts';
import { useTextWith } from './text.ts';

export const useCheckText = () => useTextWith({ check });
