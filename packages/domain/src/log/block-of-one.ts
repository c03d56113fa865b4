/**
 * Checks that a tick block is of one instrument alone, by what it says once: its ticks are not looked at. In: a slice of a
 * record, and the instrument that it should be of. Out: its publisher and how many ticks it has; `MalformedError` if it is of
 * another instrument, of several, or of none.
 */
import { MalformedError, ProtoReader } from './proto-reader.ts';
import { encodeText } from './text.ts';
import { tickBlockFormatVersion } from './tick-block-fields.ts';

/** What a block of one instrument says without its ticks. */
export type BlockOfOne = { readonly publisherId: bigint; readonly ticks: number };

/** Checks the block in `bytes[start, end)`. Whether its columns fit each other only decoding it tells. */
export function checkBlockOfOne(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
  { dataset, symbol }: { readonly dataset: string; readonly symbol: string },
): BlockOfOne {
  const [datasetBytes, symbolBytes] = [encodeText(dataset), encodeText(symbol)];
  const reader = new ProtoReader(bytes, start, end);
  let [version, publisherId, groups, ticks, isOfDataset] = [0, 0n, 0, 0, false];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 8) version = reader.uint();
    else if (tag === 17) publisherId = reader.fixed64();
    else if (tag === 42) isOfDataset = isNext(reader, datasetBytes);
    else if (tag === 98) {
      if (!isNext(reader, symbolBytes)) throw new MalformedError(`a block has another symbol than ${symbol}`);
      groups += 1;
    } else if (tag === 114) {
      const countsEnd = reader.length() + reader.at;
      while (reader.at < countsEnd) ticks += reader.uint();
    } else reader.skip(tag % 8);
  }
  if (version !== tickBlockFormatVersion) {
    throw new MalformedError(`tick block format ${version} is not ${tickBlockFormatVersion}`);
  }
  if (!isOfDataset) throw new MalformedError(`a block is of another dataset than ${dataset}`);
  if (publisherId === 0n) throw new MalformedError('a block names no publisher');
  if (groups === 0 || ticks === 0) throw new MalformedError(`a block has ${groups} groups and ${ticks} ticks`);
  return { publisherId, ticks };
}

/** Passes over a text, and answers whether it is these bytes. */
function isNext(reader: ProtoReader, expected: Uint8Array): boolean {
  const length = reader.length();
  const { bytes, at } = reader;
  reader.at += length;
  return length === expected.length && expected.every((byte, index) => byte === bytes[at + index]);
}
