/**
 * Where the real recordings and calendars are. In: the environment variable TAPELINE_SHARED, or the folder `shared`
 * beside the repository. Out: paths, and whether they are there.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['TAPELINE_SHARED'] ?? join(import.meta.dirname, '../../../shared');

/** The folder of the reference data. */
export const referenceData: string = join(folder, 'data');

/** Whether there is none. */
export const isReferenceDataMissing: boolean = !existsSync(referenceData);

/** Regular hours of every session of New York, 1990 to 2022. */
export const newYorkCalendar: string = join(referenceData, 'calendars/xnys.csv');

/** Lean's trades of a symbol and day, such as `ibm_20131008`. */
export function leanTrades(name: string): string {
  return join(referenceData, `lean/${name}_trade.zip`);
}
