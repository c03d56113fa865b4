/**
 * Following and leading `control`, the topic of maps (ADR 21). In: a control log. Out: the map in force, reports, the coordinator.
 * What it decides by is in the domain; here are bytes, waiting and trying again.
 */
export {
  type ControlEntry,
  decodeControl,
  encodeControl,
  encodePartitionReport,
  encodeRatesReport,
  encodeWriterReport,
  type KeyedBytes,
  type MapPart,
} from './control-codec.ts';
export {
  type ControlCounters,
  ControlFollower,
  type ControlFollowerParts,
  type FollowedRecord,
} from './control-follower.ts';
export { type ControlParts, type FollowedControl, followUntilLost, type FollowWish } from './follow-until-lost.ts';
export { type KeptReport, KeptReports, writerReportsMax } from './kept-reports.ts';
export { LeadControl, type LeadControlParts, type LeadListener } from './lead-control.ts';
export { encodePolicy, keptPinsMax } from './lead-policy.ts';
export { type LeadStatus, type PlacementEvent, type Steering } from './lead-status.ts';
export { type AskedPartitions, NamedPartitions, type NamedPartitionsParts } from './named-partitions.ts';
export { ControlReporter, reportPartition, type ReporterParts } from './report-to-control.ts';
