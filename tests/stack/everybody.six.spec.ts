import { testEverybody } from './support/browsers.ts';

// six processes more than two cores can start in time
testEverybody(6, 'shared');
