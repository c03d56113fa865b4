/** Forming bars of one process and of the simulated world pass the one suite of the seam `FormingBars`. */
import { SharedFormingBars } from '@tapeline/embedded';
import { silentLogger } from '@tapeline/runtime';
import { SimulatedFormingBars } from '@tapeline/simulation';
import { formingBarsSuite } from './forming-bars-suite.ts';

formingBarsSuite('the shared ones', () => new SharedFormingBars(silentLogger));
formingBarsSuite('the simulated ones', () => new SimulatedFormingBars());
