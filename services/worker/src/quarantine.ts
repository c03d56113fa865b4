/**
 * What could not be used of the records of one partition. In: the fold's notices, each with its record. Out: records for
 * the topic `quarantine`, one for each record and reason, with the record's bytes once. Law 8: nothing that was refused is
 * silent. Law 7: bytes of records are bounded for each step, names in a sentence too.
 */
import type { LogRecordInput, Notice, NoticeCode } from '@tapeline/domain';
import { wireOutput } from '@tapeline/wire';

/**
 * Notices of what was not counted; the fold has them all in `counters.quarantined`. The others are of ticks that stand in
 * the tape: late ones, gaps, and cancels and corrections without their trade.
 */
const refused: ReadonlySet<NoticeCode> = new Set([
  'RECORD_MALFORMED',
  'ENTRY_UNSUPPORTED',
  'TERMS_MISMATCH',
  'CALENDAR_UNKNOWN',
  'PUBLISHER_EXPIRED',
  'HOLE_FORGOTTEN',
]);

/** Bytes of a record that goes into quarantine with them, at most; and of all such records of one step. */
export const quarantinedBytesMax = 1_048_576;
/** Further instruments that a sentence names. */
const namesMax = 20;

const nsPerMs = 1_000_000n;

type Reason = { readonly first: Notice; more: number; readonly symbols: Set<string> };

/** The quarantine of one partition. */
export class Quarantine {
  readonly #partition: number;
  readonly #put: (records: readonly Uint8Array[]) => void;
  #record: LogRecordInput | undefined;
  readonly #reasons = new Map<NoticeCode, Reason>();
  #made: Uint8Array[] = [];
  #bytesLeft = quarantinedBytesMax;

  /** `put` hears of the records of each step, in the order of the log. */
  constructor(partition: number, put: (records: readonly Uint8Array[]) => void) {
    this.#partition = partition;
    this.#put = put;
  }

  /** Takes in a notice of a record; those of one record come one after the other. */
  note(notice: Notice, record: LogRecordInput): void {
    if (!refused.has(notice.code)) return;
    if (this.#record !== record) this.#finish();
    this.#record = record;
    const reason = this.#reasons.get(notice.code);
    if (reason === undefined) this.#reasons.set(notice.code, { first: notice, more: 0, symbols: new Set() });
    else {
      reason.more += 1;
      if (notice.symbol !== '' && reason.symbols.size <= namesMax) reason.symbols.add(notice.symbol);
    }
  }

  /** A step ended. */
  endStep(): void {
    this.#finish();
    if (this.#made.length === 0) return;
    this.#put(this.#made);
    this.#made = [];
    this.#bytesLeft = quarantinedBytesMax;
  }

  #finish(): void {
    const record = this.#record;
    if (record === undefined) return;
    const fits = record.bytes.length <= this.#bytesLeft;
    if (fits) this.#bytesLeft -= record.bytes.length;
    let isFirst = true;
    for (const reason of this.#reasons.values()) {
      const { code, offset, dataset, symbol } = reason.first;
      const bytes = isFirst && fits ? record.bytes : new Uint8Array(0);
      const leftOut = isFirst && !fits ? leftOutText : '';
      isFirst = false;
      this.#made.push(
        wireOutput.QuarantineRecord.encode({
          partition: this.#partition,
          offset: BigInt(offset),
          reason: code,
          detail: `${reason.first.detail}${moreText(reason)}${leftOut}`,
          dataset,
          symbol,
          appendTimeNs: BigInt(record.appendTimeMs) * nsPerMs,
          record: bytes,
        }).finish(),
      );
    }
    this.#record = undefined;
    this.#reasons.clear();
  }
}

const leftOutText = `; the record's bytes are left out: of those refused at once at most ${quarantinedBytesMax} bytes are kept`;

function moreText({ more, symbols }: Reason): string {
  if (more === 0) return '';
  const names = [...symbols].slice(0, namesMax).join(', ');
  const others = symbols.size > namesMax ? ' and others' : '';
  return `; ${more} more in this record${names === '' ? '' : `, of ${names}${others}`}`;
}
