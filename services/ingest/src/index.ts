/**
 * The public entry of ingest: what standalone and tests may use. In: a log, the known instruments, clock, chance and
 * bounds. Out: `createIngest`, whose result serves gRPC and feeds of the same process.
 */
export { createIngest } from './create-ingest.ts';
export { type IngestDefinition, ingestDefinition, type PublishBytes } from './ingest-definition.ts';
export { ingestConfigDefaults, ingestConfigOf, type IngestOptions, ingestOptions } from './ingest-options.ts';
export type {
  Ingest,
  IngestCall,
  IngestConfig,
  IngestControl,
  IngestParts,
  IngestService,
  IngestStatus,
  KnownInstrument,
  KnownInstruments,
} from './ingest-types.ts';
export { knownInStore } from './known-in-store.ts';
