/**
 * What becomes of pins. In: those declared, those that hold. Out: a finding and an effect. An instrument that has ticks or a pin
 * stays where it is (laws 3 and 4), so another pin is refused and said so; as is one to a partition that the stream was not made with.
 */
import type { Pin, TickStream } from '../crd/tick-stream.ts';
import { failedOf, type StreamObserved } from '../observe/stream-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StreamAction } from './stream-actions.ts';
import type { StreamReason } from './stream-reasons.ts';

/** What was decided on pins. */
export type PinsDecision = {
  readonly finding: Finding<StreamReason<'PinsHeld'>>;
  readonly actions: readonly StreamAction[];
  /** How many of the declared ones hold. */
  readonly held: number;
};

const namesTold = 3;

/** Decides on the pins of a stream that was made; none is entered unless its log `isWhole`. */
export function decidePins({ pins }: TickStream, observed: StreamObserved, isWhole: boolean): PinsDecision {
  const { pins: looked, row } = observed;
  const held = looked.kind === 'seen' ? looked.value.held.length : 0;
  if (pins.length === 0)
    return {
      finding: finding('True', 'NoPins', 'no pins are declared; those that were entered before stay'),
      actions: [],
      held,
    };
  const waiting = (why: string): PinsDecision => ({ finding: finding('False', 'PinsWaiting', why), actions: [], held });
  if (looked.kind === 'failed') return waiting(looked.failure.message);
  if (looked.kind === 'not-looked')
    return waiting('pins are entered once the stream is made; see TopicsReady and StoreReady');
  const failed = failedOf(observed, 'pins');
  if (failed !== undefined) return waiting(failed.message);
  const keyOf = ({ dataset, symbol }: Pin): string => JSON.stringify([dataset, symbol]);
  const settled = new Set([...looked.value.held, ...looked.value.late].map(keyOf));
  const partitions = row.kind === 'seen' ? (row.value?.basePartitions ?? Infinity) : Infinity;
  const { late } = looked.value;
  const beyond = pins.filter((pin) => pin.partition >= partitions && !settled.has(keyOf(pin)));
  const open = pins.filter((pin) => pin.partition < partitions && !settled.has(keyOf(pin)));
  const actions: StreamAction[] =
    open.length === 0 || !isWhole ? [] : [{ effect: { kind: 'enter-pins', pins: open }, of: 'pins' }];
  if (late.length > 0) {
    const text = `${namesOf(late)} had ticks or another pin before, and instruments do not move yet; take these pins out`;
    return { finding: finding('False', 'InstrumentSeen', text), actions, held };
  }
  if (beyond.length > 0) {
    const text =
      `the stream was made with partitions 0 to ${partitions - 1}, and those added later hold nothing yet; ` +
      `pin ${namesOf(beyond)} to one of the first`;
    return { finding: finding('False', 'PinOutOfRange', text), actions, held };
  }
  if (open.length > 0 && !isWhole)
    return waiting('pins are entered once the topics are as they should be; see TopicsReady');
  if (open.length > 0) return { ...waiting(`${open.length} pins are being entered`), actions };
  return { finding: finding('True', 'PinsHeld', `${pins.length} pins hold`), actions, held };
}

/** Pins that were entered, of which these hold; nothing is told if none does. */
export function pinsEntered(pins: readonly Pin[], held: readonly Pin[]): StreamAction {
  const note = `pinned ${namesOf(held)}`;
  const tells = held.length === 0 ? {} : ({ tells: { reason: 'PinsEntered', note } } as const);
  return { effect: { kind: 'enter-pins', pins }, of: 'pins', ...tells };
}

function namesOf(pins: readonly Pin[]): string {
  const names = pins.slice(0, namesTold).map(({ dataset, symbol }) => `${dataset}/${symbol}`);
  return `${names.join(', ')}${pins.length > namesTold ? ` and ${pins.length - namesTold} more` : ''}`;
}
