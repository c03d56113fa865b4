/**
 * The pins that people gave, as they are kept in `control` where no TickStream says them. In: pins, or a record. Out: the other. The
 * last record of the key counts, whoever wrote it: a pin is a wish and no rule of order hangs on it.
 */
import { type InstrumentPin, nameProblem, partitionsMax } from '@tapeline/domain';
import { decodeWhole, isWireFault, wireControl } from '@tapeline/wire';
import type { KeyedBytes } from './control-codec.ts';

/** The key of the record. */
export const policyKey = 'policy';

/** Most pins that are kept; they fit into one record of `control` by far. */
export const keptPinsMax = 4_096;

/** The record of these pins. Throws `RangeError` for more than `keptPinsMax`. */
export function encodePolicy(pins: readonly InstrumentPin[]): KeyedBytes {
  if (pins.length > keptPinsMax) throw new RangeError(`${pins.length} pins are above ${keptPinsMax}`);
  const bytes = wireControl.KeptPolicy.encode({ pins: pins.map((pin) => ({ ...pin })) }).finish();
  return { key: policyKey, bytes };
}

/** The pins of a record, or why there are none. */
export function decodePolicy(bytes: Uint8Array): readonly InstrumentPin[] | { readonly message: string } {
  const wire = decodeWhole('the policy', wireControl.KeptPolicy, bytes);
  if (isWireFault(wire)) return wire;
  const seen = new Set<string>();
  for (const { dataset, symbol, partition } of wire.pins) {
    const problem = nameProblem(dataset) ?? nameProblem(symbol);
    if (problem !== undefined) return { message: `a name of a pin ${problem}` };
    if (partition >= partitionsMax) return { message: `a pin names partition ${partition}` };
    const name = JSON.stringify([dataset, symbol]);
    if (seen.has(name)) return { message: `${symbol} in ${dataset} is pinned twice` };
    seen.add(name);
  }
  return wire.pins.map(({ dataset, symbol, partition }) => ({ dataset, symbol, partition }));
}
