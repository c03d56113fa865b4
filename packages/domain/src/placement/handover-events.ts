/**
 * What can happen to an instrument between partitions, by name. In: nothing. Out: the closed list, for counters and for the
 * simulation, which has to meet each of them: a rule that is never exercised proves nothing.
 */

/** Every event. */
export const handoverEvents = [
  /** An entry of a writer without a map, the instrument's Origin, or a move from epoch 0 says that it began here (B1). */
  'begunByEntry',
  'begunByOrigin',
  'begunByMove',
  /** The home of an instrument heard that it began elsewhere; an Origin that says nothing new. */
  'originElsewhere',
  'originRepeated',
  /** An entry is parked: of an instrument that is not known (A1), or that is on its way back (A2). */
  'parkedUnknown',
  'parkedAway',
  /** An entry of a writer behind the map is sent on (A3). */
  'strayForwarded',
  /** A parked entry could not stay, for want of room or for its age (A4). */
  'sentHomeForRoom',
  'sentHomeForAge',
  'sentOnForRoom',
  'sentOnForAge',
  /** The instrument leaves (M1), with nothing applied yet, and with ticks that were held. */
  'left',
  'leftFresh',
  'heldSentOn',
  /** A move waits for the Handover before it (M2), is taken after it, or is a repeat (M3). */
  'moveParked',
  'moveChained',
  'moveRepeated',
  /** The instrument comes (H1), comes back, or a Handover is a repeat (H2). */
  'came',
  'cameBack',
  'handoverRepeated',
  /** A part of another version or configuration, which is told and not used. */
  'handoverOfOtherForm',
  /** The log says what the protocol rules out; it is told and changes nothing. */
  'contradicted',
] as const;

/** One of them. */
export type HandoverEvent = (typeof handoverEvents)[number];
