import { showEarlyPage } from './early-page.ts';

showEarlyPage(window);
