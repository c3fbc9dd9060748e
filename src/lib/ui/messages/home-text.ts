import { home } from './home.ts';
import { useTextWith } from './text.ts';

export const useHomeText = () => useTextWith({ home });
