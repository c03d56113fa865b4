/**
 * Single ticks of a stream on their way into one partition. In: ticks, for as long as the part waits in its lane. Out:
 * one part of a record. Law 3: what they are settled with is one append, so they are settled together.
 */
import { type Appended, type LogError, noteDurable, type PublishPart, type PublishStream } from '@tapeline/domain';
import { endUses, mayHaveLanded } from './ingest-core.ts';
import type { Lane, LanePart } from './lane.ts';

/** What gathers the ticks. */
export type OpenPart = ReturnType<PublishStream['openPart']>;

/** What the owner of the ticks says and is told. */
export type GatheredOutcome = {
  isWanted(): boolean;
  settled(part: PublishPart, appended: Appended): void;
  failed(error: LogError): void;
};

/** A part that grows until its lane takes it. */
export class GatheredPart implements LanePart {
  readonly builder: OpenPart;
  /** What it is counted with in the lane. */
  bytes = 0;
  readonly #lane: Lane;
  readonly #outcome: GatheredOutcome;
  #part: PublishPart | undefined;

  constructor(builder: OpenPart, lane: Lane, outcome: GatheredOutcome) {
    this.builder = builder;
    this.#lane = lane;
    this.#outcome = outcome;
    lane.add(this);
  }

  /** Whether more ticks may be added. */
  get isOpen(): boolean {
    return this.#part === undefined && !this.builder.isFull;
  }

  /** Something was added. */
  grew(): void {
    const { waitingBytes } = this.builder;
    this.#lane.grew(waitingBytes - this.bytes);
    this.bytes = waitingBytes;
  }

  get pieces(): readonly Uint8Array[] {
    return this.#whole().pieces;
  }

  close(): number {
    return this.#whole().bytes;
  }

  isWanted(): boolean {
    return this.#outcome.isWanted();
  }

  dropped(): void {
    endUses(this.#whole(), false);
  }

  settled(appended: Appended): void {
    endUses(this.#whole(), true);
    noteDurable(this.#whole());
    this.#outcome.settled(this.#whole(), appended);
  }

  failed(error: LogError): void {
    endUses(this.#whole(), mayHaveLanded(error));
    this.#outcome.failed(error);
  }

  #whole(): PublishPart {
    this.#part ??= this.builder.finish();
    return this.#part;
  }
}
