/**
 * The public entry of the domain: what other packages may use. Pure code, with no clock, randomness or I/O; see
 * docs/architecture.md for the parts and who may import whom.
 */
export type { Bar, BarState, LogPosition } from './bars/bar.ts';
export { eligibility, isKnownCondition, ruleVersionAt } from './conditions/eligibility.ts';
export { Eligible, type ProfileName, profileNames } from './conditions/profile.ts';
export type { FoldConfig, FoldCounters, FoldOutput, LogRecordInput, Notice, NoticeCode } from './fold/fold-types.ts';
export { foldConfigDefaults, foldVersion } from './fold/fold-types.ts';
export { PartitionFold, RecoveryIncompleteError } from './fold/partition-fold.ts';
export type { SnapshotProblem } from './fold/snapshot.ts';
export { LogDictionary, nameCharactersMax } from './log/log-dictionary.ts';
export { decodeLogRecord, encodeLogRecord, type LogEntry, type LogEntryToWrite } from './log/log-record.ts';
export { MalformedError } from './log/proto-reader.ts';
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
export { decimalsOfStep, divideRounded, formatUnits } from './market/decimal.ts';
export { formatEventTime } from './market/event-time.ts';
export { type Interval, type IntervalProblem, parseInterval } from './market/interval.ts';
export { formatPublisherId, issueDayOf, publisherId, timeDomainOf } from './market/publisher-id.ts';
export { AggressorSide, type InstrumentTerms, Tape, type TickAttributes, TickFlag, TickKind } from './market/tick.ts';
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
