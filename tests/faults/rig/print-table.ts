/**
 * For vitest's `globalSetup` of the faults: prints the table when all of them are through. In: nothing. Out: the table, and
 * docs/faults.md where TAPELINE_WRITE_FAULTS=1.
 */
import { publishTable } from './fault-table.ts';

/** After the last file. */
export function teardown(): void {
  publishTable();
}
