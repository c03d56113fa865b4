/**
 * The entry of the page. In: the document. Out: the dashboard, started, and within reach of the browser's console as
 * `tapeline`: what a chart shows can be read there bar by bar.
 */
import { Dashboard } from './dashboard.ts';

const dashboard = new Dashboard();
Object.assign(globalThis, { tapeline: dashboard });
dashboard.start();
