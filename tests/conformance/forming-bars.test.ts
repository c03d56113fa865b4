/** Forming bars of one process and of the simulated world pass the one suite of the seam `FormingBars`. */
import { SharedFormingBars } from '@tapeline/embedded';
import { silentLogger } from '@tapeline/runtime';
import { SimulatedFormingBars } from '@tapeline/simulation';
import { formingBarsSuite, withinOneProcess } from './forming-bars-suite.ts';

formingBarsSuite('the shared ones', () => withinOneProcess(new SharedFormingBars(silentLogger)));
formingBarsSuite('the simulated ones', () => withinOneProcess(new SimulatedFormingBars()));
