/**
 * What a process took, as the system counts it. In: its id. Out: CPU seconds of all its threads, user and system, and memory.
 * It reads /proc, so it works on Linux alone.
 */
import { readFileSync } from 'node:fs';

/** What it took since it began. */
export type ProcessTaken = { readonly cpuSeconds: number; readonly rssBytes: number };

/** Ticks of the clock of /proc in a second, and bytes of a page, on every Linux that Node runs on with 4 KiB pages. */
const clockTicks = 100;
const pageBytes = 4_096;
/** Fields after the name, which ends with the last bracket: state is the first. */
const [userField, systemField, pagesField] = [11, 12, 21];

/** Reads it. Throws if the process has ended, or where there is no /proc. */
export function processTaken(pid: number): ProcessTaken {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const at = (field: number): number => Number(fields[field]);
  return { cpuSeconds: (at(userField) + at(systemField)) / clockTicks, rssBytes: at(pagesField) * pageBytes };
}
