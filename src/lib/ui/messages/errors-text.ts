import { errors } from './errors.ts';
import { useTextWith } from './text.ts';

export const useErrorText = () => useTextWith({ errors });
