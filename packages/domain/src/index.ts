/**
 * The public entry of the domain: what other packages may use. Pure code, with no clock, randomness or I/O; see
 * docs/architecture.md for the parts and who may import whom.
 */
export type { Bar, BarState, LogPosition } from './bars/bar.ts';
export { barJson, type BarJson, barJsonColumns } from './bars/bar-json.ts';
export { type Bucket, bucketAt } from './bars/bar-levels.ts';
export { eligibility, isKnownCondition, ruleVersionAt } from './conditions/eligibility.ts';
export { Eligible, type ProfileName, profileNames } from './conditions/profile.ts';
export type { Emission } from './fold/emissions.ts';
export type { FoldConfig, FoldCounters, FoldOutput, LogRecordInput, Notice, NoticeCode } from './fold/fold-types.ts';
export { foldConfigDefaults, foldVersion } from './fold/fold-types.ts';
export type { StepOfMove } from './fold/step-of-move.ts';
export { PartitionFold, RecoveryIncompleteError, type RestoreInProgress } from './fold/partition-fold.ts';
export { reportedForm } from './fold/handover-state.ts';
export type { SnapshotProblem } from './fold/snapshot-reading.ts';
export type { SnapshotInProgress } from './fold/snapshot-writing.ts';
export { BlockCutter, cutInstrument, type InstrumentCut } from './log/block-of-groups.ts';
export { crc32c } from './log/crc32c.ts';
export type { ForwardedEntry, ForwardedToWrite, ForwardEntry } from './log/forward-entry.ts';
export { LogDictionary, nameCharactersMax } from './log/log-dictionary.ts';
export {
  decodeLogRecord,
  encodeLogRecord,
  type InstrumentProgress,
  type LogEntry,
  type LogEntryToWrite,
} from './log/log-record.ts';
export {
  decodeEntryOfMoves,
  type EntryOfMoves,
  type EntryOfMovesToWrite,
  handoverPartsMax,
  handoverStateBytesMax,
  type SliceOfMoves,
} from './log/move-entries.ts';
export { MalformedError, ProtoReader } from './log/proto-reader.ts';
export {
  originalsOf,
  type QuoteSides,
  quotesOf,
  receiveDelaysOf,
  type TradeReference,
  tradeIdsOf,
  tradingStatesOf,
  venueSequencesOf,
} from './log/rare-columns.ts';
export { decodeTickBlock } from './log/tick-block-decode.ts';
export { type AmendedTrade, encodeTickBlock, type TickBlockHeader, type TickRow } from './log/tick-block-encode.ts';
export { tickBlockFormatVersion } from './log/tick-block-fields.ts';
export { TickColumns, TimeDomain } from './log/tick-columns.ts';
export type { BlockToShip, ShippedBlock, TradesEntry } from './log/trades-entry.ts';
export { decimalsOfStep, divideRounded, formatUnits } from './market/decimal.ts';
export { formatEventTime } from './market/event-time.ts';
export { type Interval, type IntervalProblem, parseInterval } from './market/interval.ts';
export { formatPublisherId, issueDayOf, publisherId, timeDomainOf } from './market/publisher-id.ts';
export { AggressorSide, type InstrumentTerms, Tape, type TickAttributes, TickFlag, TickKind } from './market/tick.ts';
export { assignPartitions, type AssignMember, type PartitionsToAssign } from './placement/assign-partitions.ts';
export {
  type ControlKey,
  controlKeyOf,
  controlKeyText,
  mapBytesMax,
  mapPartsMax,
  parseControlKey,
  type ReportKey,
  staleControlKeys,
  writerNameMax,
} from './placement/control-keys.ts';
export {
  type ControlOutcome,
  type ControlRecord,
  type ControlView,
  emptyControlView,
  followControl,
} from './placement/control-view.ts';
export {
  type MoveInFlight,
  type MoveNews,
  type MovePhase,
  movePhases,
  MovesInFlight,
} from './placement/coordinator-moves.ts';
export {
  type CoordinatorMode,
  coordinatorModes,
  type InstrumentRow,
  type PlannedRound,
  planNow,
  planRound,
} from './placement/coordinator-plan.ts';
export { ReportBoard } from './placement/coordinator-reports.ts';
export {
  type ControlRead,
  type CoordinatorConfig,
  coordinatorDefaults,
  type CoordinatorEffect,
  type CoordinatorNews,
  type CoordinatorState,
  coordinatorStates,
  type EffectResult,
  type TermEnd,
} from './placement/coordinator-types.ts';
export { type HandoverEvent, handoverEvents } from './placement/handover-events.ts';
export { parkedBytesMax, parkedMsMax } from './placement/handover-parking.ts';
export { basePartitionsMax, homePartition, livesIn } from './placement/home.ts';
export { compareNames, type InstrumentEntry, InstrumentMap, type InstrumentName } from './placement/instrument-map.ts';
export { type MergedRates, mergeRates } from './placement/merged-rates.ts';
export { MoveCoordinator } from './placement/move-coordinator.ts';
export { epochMax, type Override, partitionsMax, type Place, type Standing } from './placement/override.ts';
export {
  type AppliedChange,
  applyChange,
  type ChangeRefusal,
  type PlacementChange,
  type WantedMove,
} from './placement/placement-change.ts';
export { diffPlacements, type MovedInstrument, type PlacementDiff } from './placement/placement-diff.ts';
export {
  type BrokenInvariant,
  brokenInvariant,
  type PlacementInvariant,
  placementInvariants,
} from './placement/placement-invariants.ts';
export {
  type PlacementPolicy,
  placementPolicyDefaults,
  type PolicyProblem,
  policyProblem,
} from './placement/placement-policy.ts';
export {
  type EpochTime,
  epochTimesMax,
  type ListedMove,
  type PlacedInstrument,
  Placement,
  type PlacementParts,
} from './placement/placement.ts';
export { explainMove, explainStay, explainUnfit } from './placement/plan-explain.ts';
export {
  type LoadChange,
  type MeasuredInstrument,
  type MoveReason,
  moveReasons,
  type PartitionRole,
  type Plan,
  type PlanInput,
  type PlannedMove,
  type PlannedPartition,
  type Stay,
  type StayReason,
  stayReasons,
} from './placement/plan-types.ts';
export type { UnfitReason } from './placement/unfit-reason.ts';
export { planPlacement, PlanRefusedError } from './placement/planner.ts';
export { quietShare } from './placement/spread-level.ts';
export { RatesRhythm } from './placement/rates-rhythm.ts';
export { joinRates } from './placement/told-rates.ts';
export { RateMeter, type RateMeterConfig, rateMeterDefaults, type RateReport } from './placement/rate-meter.ts';
export { checkSeenAtPlace } from './placement/seen-elsewhere.ts';
export { noTerms, sameMeaning } from './publish/draft-tick.ts';
export { batchTicksMax, clientNameCharactersMax, messageBytesMax } from './publish/publish-limits.ts';
export {
  domainOfOnce,
  type OnceInstrument,
  type OnceRequest,
  type TakenOnce,
  takeOnce,
} from './publish/publish-once.ts';
export type { HandCorrection, HandQuote, HandTick, HandTrade } from './publish/hand-tick.ts';
export { handTime, handUnits, type HandNumber } from './publish/hand-number.ts';
export {
  type OpenMessage,
  type PublishMessage,
  type ReachedInstrument,
  readPublishMessage,
} from './publish/publish-message.ts';
export { domainNumbered, identityOfOpen, newPublisher, type PublisherIdentity } from './publish/open-stream.ts';
export { noteDurable, type PublishPart, type ReachedTick, type RejectedTick } from './publish/publish-part.ts';
export { PublishReaders, PublishStream } from './publish/publish-stream.ts';
export { entryBytes, recordOf } from './publish/record-bytes.ts';
export {
  checkPublisherAge,
  checkPublisherForm,
  issuePublisherId,
  mayAcknowledge,
  publisherDrawBits,
  publisherExpireMs,
} from './publish/publisher-rules.ts';
export {
  type Facts,
  PublishRefusedError,
  type RefusalReason,
  type Rejection,
  type RejectionCode,
} from './publish/refusal.ts';
export { checkName, nameProblem } from './publish/names.ts';
export type { StreamIdentity, TakeContext, Taken } from './publish/stream-state.ts';
export { BoundedTermsMemory, rememberedTermsMax, type TermsMemory } from './publish/terms-memory.ts';
export {
  type Feed,
  type FeedEnd,
  type FeedIdentity,
  type FeedListener,
  type FeedSink,
  type FeedStatus,
  type FeedStream,
  FeedStreamError,
} from './seams/feed.ts';
export type { FormingBars } from './seams/forming-bars.ts';
export { FormingBoard } from './seams/forming-board.ts';
export { type Ownership, ownsAll, type Workers } from './seams/ownership.ts';
export { type PartitionAdmin, streamPartitionsMax } from './seams/partition-admin.ts';
export {
  type BarQuery,
  type SnapshotChoice,
  type SnapshotClaim,
  type Store,
  StoreError,
  type StoreErrorCode,
  type InstrumentPin,
  type ListedInstrument,
  type StoredInstrument,
  type StoredSnapshot,
  type TapeChunk,
  type TapeQuery,
} from './seams/store.ts';
export { LogChanges } from './seams/log-changes.ts';
export { type SequencedLog, SequencedReader } from './seams/sequenced-reader.ts';
export {
  type Appended,
  LogError,
  type LogErrorCode,
  type LogReader,
  logRecordBytesMax,
  type LogRetention,
  type OffsetRange,
  type TickLog,
  type TopicName,
  topicNames,
} from './seams/tick-log.ts';
export {
  controlKeyCharsMax,
  type ControlLog,
  type ControlLogReader,
  type ControlLogRecord,
  controlRecordBytesMax,
  controlRefusal,
} from './seams/control-log.ts';
export {
  type PartitionReport,
  reportedRatesMax,
  reportedStepsMax,
  type ReportedStep,
  reportEveryMs,
  type WriterReport,
} from './placement/control-reports.ts';
export { builtInCalendarNames, calendarNamed, loadCalendar } from './sessions/calendar-loader.ts';
export type { CalendarDefinition } from './sessions/calendar-definition.ts';
export type { CalendarProblem } from './sessions/calendar-problem.ts';
export { civilFromDays, daysFromCivil, daysInMonth, formatDate, parseDate } from './sessions/civil-date.ts';
export {
  SessionCalendar,
  type SessionName,
  type SessionSegment,
  type SessionTimes,
} from './sessions/session-calendar.ts';
export { waitedMsPerRecordMax } from './tape/partition-clock.ts';
export { ChangedInstruments } from './tape-output/changed-instruments.ts';
export { CountedTape } from './tape-output/counted-tape.ts';
export type { CountedTicks } from './tape-output/counted-ticks.ts';
export {
  decodeTapeRecord,
  encodeTapeRecord,
  type TapeOriginal,
  type TapeRecord,
  type TapeSegment,
  type TapeTick,
} from './tape-output/tape-record.ts';
export { segmentTicksMax, type TapeSegmentOut } from './tape-output/tape-segment.ts';
