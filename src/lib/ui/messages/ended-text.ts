import { ended } from './ended.ts';
import { useTextWith } from './text.ts';

export const useEndedText = () => useTextWith({ ended });
