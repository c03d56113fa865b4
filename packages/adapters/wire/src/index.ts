/**
 * The contract in TypeScript. Out: conversions between domain and wire, and the generated messages, one namespace for
 * each file of proto/tapeline/v1, because the wire's `Bar` and the domain's `Bar` are two types.
 */
export { barFromWire, barToWire } from './bar-to-wire.ts';
export { decodeWhole, type WireCodec } from './decode-whole.ts';
export { descriptorSet } from './descriptor-set.ts';
export { errorDetails, errorDomain } from './error-details.ts';
export type { ErrorToSend, ReceivedError } from './error-details.ts';
export { instrumentFromWire, instrumentToWire } from './instrument-to-wire.ts';
export type { NamedInstrument } from './instrument-to-wire.ts';
export { decodeLogRecord, encodeLogRecord } from './log-record-from-wire.ts';
export type { LogRecordFault } from './log-record-from-wire.ts';
export { placementFromWire, placementToWire } from './placement-to-wire.ts';
export { batchFrame, frameOf, type PublishFrame, publishMethod } from './publish-frames.ts';
export {
  partitionReportFromWire,
  partitionReportToWire,
  ratesReportFromWire,
  ratesReportToWire,
  writerReportFromWire,
  writerReportToWire,
} from './report-to-wire.ts';
export { isWireFault } from './wire-fault.ts';
export type { WireFault } from './wire-fault.ts';
export * as wireControl from './gen/tapeline/v1/control.ts';
export * as wireIngest from './gen/tapeline/v1/ingest.ts';
export * as wireLog from './gen/tapeline/v1/log.ts';
export * as wireMarket from './gen/tapeline/v1/market.ts';
export * as wireOutput from './gen/tapeline/v1/output.ts';
export * as wirePlacement from './gen/tapeline/v1/placement.ts';
export * as wireQuery from './gen/tapeline/v1/query.ts';
export * as wireWorker from './gen/tapeline/v1/worker.ts';
