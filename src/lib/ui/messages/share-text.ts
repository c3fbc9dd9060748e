import { share } from './share.ts';
import { useTextWith } from './text.ts';

export const useShareText = () => useTextWith({ share });
