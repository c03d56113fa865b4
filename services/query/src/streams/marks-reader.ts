/**
 * Which instruments left a partition or came to it, out of records of `bars` and `tape`. In: a reader at a field of the record.
 * Out: the marks of the whole record. `MalformedError` if a field holds none.
 */
import { MalformedError, ProtoReader } from '@tapeline/domain';
import { instrumentKey } from '../requests/instrument-key.ts';
import type { DepartureMark, MoveMark, RecordMarks } from './stream-item.ts';

/** Collects the marks of one record. */
export class MarksReader {
  readonly #departureTag: number;
  readonly #arrivalTag: number;
  #departures: DepartureMark[] | undefined;
  #arrivals: MoveMark[] | undefined;

  /** Tags of the two fields in the record: the field's number times 8 and the wire type 2. */
  constructor(departureTag: number, arrivalTag: number) {
    this.#departureTag = departureTag;
    this.#arrivalTag = arrivalTag;
  }

  /** Whether the field is one of the two; then it is read. */
  take(reader: ProtoReader, tag: number): boolean {
    if (tag === this.#departureTag) (this.#departures ??= []).push(markIn(reader.view()));
    else if (tag === this.#arrivalTag) (this.#arrivals ??= []).push(markIn(reader.view()));
    else return false;
    return true;
  }

  /** What was found, to be spread into the content of the record; nothing of records that have none. */
  get found(): { readonly marks?: RecordMarks } {
    if (this.#departures === undefined && this.#arrivals === undefined) return {};
    return { marks: { departures: this.#departures ?? [], arrivals: this.#arrivals ?? [] } };
  }
}

/** Both messages have instrument and epoch in the same fields; an arrival has no others. */
function markIn(bytes: Uint8Array): DepartureMark {
  const reader = new ProtoReader(bytes, 0, bytes.length);
  let [dataset, symbol, epoch, to, clockNs] = ['', '', 0, 0, 0n];
  while (!reader.done()) {
    const tag = reader.uint();
    if (tag === 10) {
      const end = reader.length() + reader.at;
      while (reader.at < end) {
        const field = reader.uint();
        if (field === 10) dataset = reader.text();
        else if (field === 18) symbol = reader.text();
        else reader.skip(field % 8);
      }
    } else if (tag === 16) epoch = reader.uint();
    else if (tag === 24) to = reader.uint();
    else if (tag === 33) clockNs = reader.sfixed64();
    else reader.skip(tag % 8);
  }
  if (dataset === '' || symbol === '' || epoch < 1) throw new MalformedError('a move names no instrument or no epoch');
  return { dataset, instrument: instrumentKey(dataset, symbol), epoch, to, clockNs };
}
