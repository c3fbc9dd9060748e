import { lobby } from './lobby.ts';
import { useTextWith } from './text.ts';

export const useLobbyText = () => useTextWith({ lobby });
