import { testEverybody } from './support/browsers.ts';

testEverybody(2, 'own');
testEverybody(4, 'own');
