/**
 * Records of the topic `bars`. In: a record's bytes and which instruments somebody wants. Out: the partition's clock, which
 * instruments moved, and the wanted bars, still encoded, of which names and ranks alone were read. `MalformedError` if it is no `BarRecord`.
 */
import { ProtoReader } from '@tapeline/domain';
import { MarksReader } from '../streams/marks-reader.ts';
import type { RecordContent, WantsInstrument } from '../streams/stream-item.ts';
import { instrumentKey } from '../requests/instrument-key.ts';
import { factsIn, LiveBar } from './live-bar.ts';

/** Takes a record apart; `undefined` = nobody wants bars. */
export function readBarRecord(bytes: Uint8Array, wants: WantsInstrument | undefined): RecordContent<LiveBar> {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  const items: LiveBar[] = [];
  const marks = new MarksReader(42, 50);
  let [clockNs, latenessMs] = [0n, 0];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10 && wants !== undefined) {
      const bar = reader.view();
      const facts = factsIn(bar);
      // A copy: a bar that waits for a slow reader must not keep its whole record in memory.
      if (wants(instrumentKey(facts.dataset, facts.symbol), facts.dataset)) {
        items.push(new LiveBar(facts, new Uint8Array(bar), undefined));
      }
    } else if (tag === 17) clockNs = reader.sfixed64();
    else if (tag === 32) latenessMs = reader.uint();
    else if (!marks.take(reader, tag)) reader.skip(tag % 8);
  }
  return { items, clockNs, latenessMs, ...marks.found };
}
