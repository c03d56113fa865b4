/**
 * The public entry of the embedded log and store: durable on one machine, in one process, on Node's own SQLite.
 * In: a data directory. Out: the seams TickLog, ControlLog, PartitionAdmin, Store and FormingBars; see docs/adr/0007-embedded-log-and-store.md.
 */
export { EmbeddedError, type EmbeddedErrorCode } from './embedded-error.ts';
export { type Embedded, type EmbeddedOptions, openEmbedded } from './open-embedded.ts';
export { quotaBytesMin } from './quota.ts';
export { SharedFormingBars } from './shared-forming-bars.ts';
