/**
 * What becomes of pins. In: those declared, where instruments live by their rows and by the map. Out: a finding and an effect. Of an
 * instrument that nobody decided on the pin decides the row (ADR 20); one that was decided is moved by the coordinator, which
 * has every pin in its policy (ADR 21).
 */
import { explainStay } from '@tapeline/domain';
import type { Pin, TickStream } from '../crd/tick-stream.ts';
import { failedOf, type SeenPins, type StreamObserved } from '../observe/stream-observed.ts';
import { type Finding, finding } from './condition.ts';
import type { StreamAction } from './stream-actions.ts';
import { stayOfPin } from './stream-placement.ts';
import type { StreamReason } from './stream-reasons.ts';

/** What was decided on pins. */
export type PinsDecision = {
  readonly finding: Finding<StreamReason<'PinsHeld'>>;
  readonly actions: readonly StreamAction[];
  /** How many of the declared ones hold. */
  readonly held: number;
};

/**
 * Where a pin is. `held`: the instrument lives there. `open`: nobody decided on it, so its row takes the pin. `unseen`: nobody decided on
 * it, and its partition was added later, where nothing begins. `elsewhere`: it lives in another partition, or is under way.
 */
type PinPlace = 'held' | 'open' | 'unseen' | 'elsewhere';

const namesTold = 3;

/** Decides on the pins of a stream that was made; none is entered unless its log `isWhole`; `heldBack` = why no move begins now. */
export function decidePins(
  stream: TickStream,
  observed: StreamObserved,
  { isWhole, heldBack }: { readonly isWhole: boolean; readonly heldBack: string | undefined },
): PinsDecision {
  const { pins } = stream;
  const { pins: looked } = observed;
  if (pins.length === 0) return { finding: finding('True', 'NoPins', 'no pins are declared'), actions: [], held: 0 };
  const places = new Map(
    pins.map((pin) => [pin, looked.kind === 'seen' ? placeOf(pin, looked.value, observed) : 'open']),
  );
  const at = (place: PinPlace): readonly Pin[] => pins.filter((pin) => places.get(pin) === place);
  const held = at('held').length;
  const waiting = (why: string): PinsDecision => ({ finding: finding('False', 'PinsWaiting', why), actions: [], held });
  if (looked.kind === 'failed') return waiting(looked.failure.message);
  if (looked.kind === 'not-looked')
    return waiting('pins are entered once the stream is made; see TopicsReady and StoreReady');
  const failed = failedOf(observed, 'pins');
  if (failed !== undefined) return waiting(failed.message);
  const [open, unseen, elsewhere] = [at('open'), at('unseen'), at('elsewhere')];
  const actions: StreamAction[] =
    open.length === 0 || !isWhole ? [] : [{ effect: { kind: 'enter-pins', pins: open }, of: 'pins' }];
  const moved = elsewhere.length === 0 ? undefined : findMoving(stream, observed, elsewhere, heldBack);
  if (moved !== undefined && moved.reason !== 'PinsMoving') return { finding: moved, actions, held };
  if (open.length > 0 && !isWhole)
    return waiting('pins are entered once the topics are as they should be; see TopicsReady');
  if (open.length > 0) return { ...waiting(`${open.length} pins are being entered`), actions };
  if (moved !== undefined) return { finding: moved, actions, held };
  if (unseen.length > 0) {
    return waiting(
      `nobody has seen ${namesOf(unseen)} yet: what has a pin to a partition that was added later begins at home, and is moved once it has ticks`,
    );
  }
  return { finding: finding('True', 'PinsHeld', `${pins.length} pins hold`), actions, held };
}

function placeOf(pin: Pin, { held, late }: SeenPins, { placement, row }: StreamObserved): PinPlace {
  const map = placement.kind === 'seen' ? placement.value : undefined;
  const override = map?.placement.overrideOf(pin.dataset, pin.symbol);
  if (override !== undefined) {
    const isUnderWay = map?.moves.some((move) => isSame(move, pin)) ?? false;
    return override.partition === pin.partition && !isUnderWay ? 'held' : 'elsewhere';
  }
  if (held.some((each) => isSame(each, pin))) return 'held';
  if (late.some((each) => isSame(each, pin))) return 'elsewhere';
  // A row names one of the partitions that the stream was made with: only those are known to every ingest without a map.
  const base = row.kind === 'seen' ? (row.value?.basePartitions ?? Infinity) : Infinity;
  return pin.partition < base ? 'open' : 'unseen';
}

/** What is told of pins whose instruments live elsewhere. */
function findMoving(
  stream: TickStream,
  { placement }: StreamObserved,
  elsewhere: readonly Pin[],
  heldBack: string | undefined,
): Finding<StreamReason<'PinsHeld'>> {
  const { mode } = stream.placement;
  const fact = `${namesOf(elsewhere)} ${elsewhere.length === 1 ? 'lives' : 'live'} in another partition`;
  if (mode !== 'Auto') {
    const text = `${fact}, and spec.placement.mode is ${mode}: set it to Auto, or take the pin out`;
    return finding('False', 'PinsNotMoved', text);
  }
  if (placement.kind === 'failed') return finding('False', 'PinsWaiting', `${fact}; ${placement.failure.message}`);
  if (placement.kind === 'not-looked')
    return finding('False', 'PinsWaiting', `${fact}, and is moved once the coordinator runs; see OrderProtected`);
  const stays = elsewhere.flatMap((pin) => stayOfPin(placement.value.plan, pin) ?? []);
  const blocked = stays.find((stay) => stay.stays === 'overrides-at-most');
  if (blocked !== undefined) {
    const text = `${explainStay(blocked)}; raise spec.placement.movedAtMost, or take the pin out`;
    return finding('False', 'PinsBlocked', text);
  }
  const stay = stays.find((each) => each.stays !== 'moves-at-most' && each.stays !== 'pending');
  if (stay?.stays === 'unseen') {
    const text = `another pin of ${namesOf([stay])} was entered before, and nobody has seen it yet: it begins there, and is moved once it has ticks`;
    return finding('False', 'PinsWaiting', text);
  }
  if (stay !== undefined) return finding('False', 'PinsWaiting', explainStay(stay));
  const isUnderWay = (pin: Pin): boolean => placement.value.moves.some((move) => isSame(move, pin));
  if (heldBack !== undefined && !elsewhere.every(isUnderWay))
    return finding('False', 'PinsWaiting', `${fact}; ${heldBack}`);
  return finding('False', 'PinsMoving', `${fact}, and ${elsewhere.length === 1 ? 'is' : 'are'} being moved`);
}

/** Pins that were entered, of which these hold; nothing is told if none does. */
export function pinsEntered(pins: readonly Pin[], held: readonly Pin[]): StreamAction {
  const note = `pinned ${namesOf(held)}`;
  const tells = held.length === 0 ? {} : ({ tells: { reason: 'PinsEntered', note } } as const);
  return { effect: { kind: 'enter-pins', pins }, of: 'pins', ...tells };
}

type Named = { readonly dataset: string; readonly symbol: string };

function isSame(one: Named, other: Named): boolean {
  return one.symbol === other.symbol && one.dataset === other.dataset;
}

/** The first names, and how many more there are. */
export function namesOf(named: readonly Named[]): string {
  const names = named.slice(0, namesTold).map(({ dataset, symbol }) => `${dataset}/${symbol}`);
  return `${names.join(', ')}${named.length > namesTold ? ` and ${named.length - namesTold} more` : ''}`;
}
