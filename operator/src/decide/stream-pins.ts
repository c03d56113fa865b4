/**
 * What becomes of pins. In: those declared, those that hold. Out: a finding and an effect. An instrument that has ticks stays
 * where it is (laws 3 and 4), so its pin is refused and said so.
 */
import type { Pin, TickStream } from '../crd/tick-stream.ts';
import type { StreamObserved } from '../observe/stream-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StreamAction } from './stream-actions.ts';
import type { StreamReason } from './stream-reasons.ts';

/** What was decided on pins. */
export type PinsDecision = {
  readonly finding: Finding<StreamReason<'PinsHeld'>>;
  readonly actions: readonly StreamAction[];
  /** How many hold. */
  readonly held: number;
};

const namesTold = 3;

/** Decides on the pins of a stream that was made. */
export function decidePins({ pins }: TickStream, { pins: looked, failed }: StreamObserved): PinsDecision {
  const held = looked.kind === 'seen' ? looked.value.held.length : 0;
  if (pins.length === 0)
    return { finding: finding('True', 'NoPins', 'every instrument is at home'), actions: [], held };
  const waiting = (why: string): PinsDecision => ({ finding: finding('False', 'PinsWaiting', why), actions: [], held });
  if (looked.kind === 'failed') return waiting(looked.failure.message);
  if (looked.kind === 'not-looked')
    return waiting('pins are entered once the stream is made; see TopicsReady and StoreReady');
  if (failed?.of === 'pins') return waiting(failed.failure.message);
  const keyOf = ({ dataset, symbol }: Pin): string => JSON.stringify([dataset, symbol]);
  const at = new Map(looked.value.held.map((pin) => [keyOf(pin), pin.partition]));
  const lateKeys = new Set(looked.value.late.map(keyOf));
  const late = pins.filter(
    (pin) => lateKeys.has(keyOf(pin)) || (at.has(keyOf(pin)) && at.get(keyOf(pin)) !== pin.partition),
  );
  const open = pins.filter((pin) => !at.has(keyOf(pin)) && !lateKeys.has(keyOf(pin)));
  const note = `pinned ${namesOf(open)}`;
  const actions: StreamAction[] =
    open.length === 0
      ? []
      : [{ effect: { kind: 'enter-pins', pins: open }, of: 'pins', tells: { reason: 'PinsEntered', note } }];
  if (late.length > 0) {
    const text = `${namesOf(late)} had ticks or another pin before, and instruments do not move yet; take these pins out`;
    return { finding: finding('False', 'InstrumentSeen', text), actions, held };
  }
  if (open.length > 0) return { ...waiting(`${open.length} pins are being entered`), actions };
  return { finding: finding('True', 'PinsHeld', `${pins.length} pins hold`), actions, held };
}

function namesOf(pins: readonly Pin[]): string {
  const names = pins.slice(0, namesTold).map(({ dataset, symbol }) => `${dataset}/${symbol}`);
  return `${names.join(', ')}${pins.length > namesTold ? ` and ${pins.length - namesTold} more` : ''}`;
}
