/**
 * Nasdaq Stock Market since 1990 as data: the days and hours of XNYS under its own name. In: nothing.
 * Sources: Nasdaq, "Trading schedule" (04:00 to 20:00); FINRA Notices to Members such as 00-82, which name the holidays
 * of Nasdaq and the securities exchanges together; Federal Register vol. 86 no. 230 (Juneteenth).
 */
import type { CalendarDefinition } from '../calendar-definition.ts';
import { xnys } from './xnys.ts';

/**
 * XNAS. The days are those of XNYS because every US exchange trades the others' listings in one national market system:
 * they close together, for holidays and for days of mourning alike.
 */
export const xnas: CalendarDefinition = { ...xnys, name: 'XNAS' };
