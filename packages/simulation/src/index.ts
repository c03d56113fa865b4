/**
 * The public entry of the simulated world: what tests of other packages may use. In: seeds. Out: markets, publishers,
 * faults, a log and a store in memory, and oracles of the fold; see docs/architecture.md.
 */
export { compareCodePoints } from './code-point-order.ts';
export { barKey, barText, barTextWithoutPosition, barValuesText } from './bar-text.ts';
export { cutAtRandom, type DeliveryFaults, interleave, type Landing, noFaults, ship, type Shipping } from './faults.ts';
export {
  firstDifference,
  foldOutcomes,
  foldSteps,
  type FoldTrace,
  outputTexts,
  type OutputTexts,
  type RecordOutcome,
  restoreFold,
  SnapshotRefusedError,
} from './fold-runs.ts';
export type { MarketTraits } from './market-desk.ts';
export {
  type DrawnIntervals,
  drawIntervals,
  drawScene,
  drawTerms,
  intervalNamed,
  type Scene,
} from './market-scenes.ts';
export { type Amends, eventMsOf, instantAfter, type MarketTick, type SimulatedInstrument } from './market-tick.ts';
export { MemoryLog, type MemoryLogOptions, type ReadProblem } from './memory-log.ts';
export { type Compaction, MemoryControlLog } from './memory-control-log.ts';
export { MemoryStore, type RevisionViolation } from './memory-store.ts';
export { actorsOf, type MovedActor } from './moved-actors.ts';
export { ControlFollower, MovedControl } from './moved-control.ts';
export {
  type CoordinatorEffect,
  type CoordinatorPhase,
  entryOfMove,
  MovedCoordinator,
  type MoveWish,
} from './moved-coordinator.ts';
export { type Given, type Giver, type Sent } from './moved-given.ts';
export { emissionKey, FoldAccount, MovedLog, type MovedLogOptions } from './moved-log.ts';
export { faultsOfBars, faultsOfRun, type StageAtRest, type Strictness } from './moved-oracle.ts';
export { type KeptSnapshot, MovedOwner, type OutgoingRecord, OwnerStrayedError } from './moved-owner.ts';
export { batchesOf, endBatchOf, type GivenBatch, MovedPublisher, type Talk } from './moved-publisher.ts';
export { type HandedOver, reachedStates, type StateReader } from './moved-reached.ts';
export { NoRestError, StageRest } from './moved-rest.ts';
export { MovedStage, type StageOptions } from './moved-stage.ts';
export {
  type HandoverFact,
  handoverFacts,
  type MovedState,
  movedStates,
  type TravelState,
  type WorldState,
} from './moved-states.ts';
export { MovedStore, OutputContradictedError, type TapeEntry } from './moved-store.ts';
export { drawMovedStyle, type MovedStyle, type MovedWish } from './moved-style.ts';
export { type MovedLimits, type MovedRun, runMovedWorld } from './moved-world.ts';
export {
  beginningOf,
  type Beginnings,
  instrumentKey,
  type MovedRequest,
  MovedWriter,
  type WriterQuirk,
} from './moved-writer.ts';
export { Random } from './random.ts';
export { type ReferenceBar, type ReferenceBars, referenceBars, type ReferenceOptions } from './reference-bars.ts';
export { type ReferenceBucket, referenceBucket } from './reference-bucket.ts';
export { type ChainAccount, type ChainItem, type ChainRecord, referenceChain } from './reference-chain.ts';
export { comparePublished, eventNsOf, type StandingTrade, standingTrades } from './reference-trades.ts';
export {
  type ControlFate,
  type ControlFaults,
  ControlFaultSource,
  SimulatedControlLog,
  type SimulatedControlLogOptions,
} from './simulated-control-log.ts';
export {
  type ClockGait,
  deliver,
  type DeliveredRecord,
  type Delivery,
  type DeliveryStyle,
} from './simulated-delivery.ts';
export { FaultSource, type WriteFate, type WriteFaults } from './simulated-faults.ts';
export { SimulatedFormingBars } from './simulated-forming-bars.ts';
export { SimulatedLog, type SimulatedLogOptions } from './simulated-log.ts';
export { simulateMarket } from './simulated-market.ts';
export { SimulatedOwnership } from './simulated-ownership.ts';
export {
  isAmendment,
  isLive,
  isTrade,
  type PublishedTick,
  type PublisherOptions,
  sequenceOfNoTick,
  SimulatedPublisher,
} from './simulated-publisher.ts';
export { SimulatedStore } from './simulated-store.ts';
export { drawWorld, type SimulatedWorld, type WorldWish } from './simulated-world.ts';
export { VirtualClock } from './virtual-clock.ts';
