/**
 * Bars for readers. In: bars of the wire and their instruments. Out: what the HTTP interface shows of them, or an error
 * for a bar that breaks the contract, which a reader cannot mend.
 */
import { barJson } from '@tapeline/domain';
import { barFromWire, isWireFault, type wireMarket } from '@tapeline/wire';
import type { InstrumentCache } from './instrument-cache.ts';
import type { ClientBar } from './reader-types.ts';

/** The bar. Rejects if it, or its instrument, cannot be read. */
export async function barOfWire(wire: wireMarket.Bar, instruments: InstrumentCache): Promise<ClientBar> {
  const bar = barFromWire(wire);
  if (isWireFault(bar)) throw new Error(`the server sent a bar that breaks the contract: ${JSON.stringify(bar)}`);
  const { priceDecimalsMin } = await instruments.get(bar);
  return { ...barJson(bar, priceDecimalsMin), foldVersion: bar.foldVersion, session: bar.session };
}
