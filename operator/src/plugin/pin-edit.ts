/**
 * The list of pins after a pin was set or taken out. In: the pins of a spec, as they are. Out: the new list, or that nothing changes. An
 * instrument has one pin at most, in the place of the one that it had, so that a diff shows one line.
 */

/** A pin as a spec has it. */
export type SpecPin = { readonly dataset: string; readonly symbol: string; readonly partition: number };

/** What is to become of an instrument's pin; without a partition it is taken out. */
export type PinWish = { readonly dataset: string; readonly symbol: string; readonly partition?: number };

/** The pins from now on; `before` is the partition of the pin that there was. */
export type PinEdit = {
  readonly kind: 'changed' | 'same' | 'absent';
  readonly pins: readonly SpecPin[];
  readonly before: number | undefined;
};

/** The edit. */
export function editPins(pins: readonly SpecPin[], { dataset, symbol, partition }: PinWish): PinEdit {
  const isIt = (pin: SpecPin): boolean => pin.dataset === dataset && pin.symbol === symbol;
  const before = pins.find(isIt)?.partition;
  if (partition === undefined) {
    return before === undefined
      ? { kind: 'absent', pins, before }
      : { kind: 'changed', pins: pins.filter((pin) => !isIt(pin)), before };
  }
  if (before === partition) return { kind: 'same', pins, before };
  const pin = { dataset, symbol, partition };
  const changed = before === undefined ? [...pins, pin] : pins.map((each) => (isIt(each) ? pin : each));
  return { kind: 'changed', pins: changed, before };
}

/** The instrument of `DATASET/SYMBOL`; a symbol may have further slashes. Undefined for what is none. */
export function readInstrument(text: string): { readonly dataset: string; readonly symbol: string } | undefined {
  const slash = text.indexOf('/');
  if (slash <= 0 || slash === text.length - 1) return undefined;
  return { dataset: text.slice(0, slash), symbol: text.slice(slash + 1) };
}
