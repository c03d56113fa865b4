/**
 * Snapshots of a partition on their way to the store, beside its other outputs. In: snapshots, with rising offsets. Out:
 * each is saved once all outputs before its offset are durable, one at a time. Laws 1 and 3: so it covers nothing that could
 * be lost, and outputs after it do not wait for it. Law 7: one is under way and one waits at most, the newest.
 */
import type { SnapshotClaim, Store, StoredSnapshot } from '@tapeline/domain';
import type { Outbox } from './outbox.ts';
import type { PatientEffects } from './patient-effects.ts';

/** A snapshot with what is told once it is saved. */
export type SnapshotToSave = {
  readonly stored: StoredSnapshot;
  /** The first record that a restart from it reads again. */
  readonly retainFromOffset: number;
};

/** What saving needs. */
export type SnapshotSavesConfig = {
  readonly store: Pick<Store, 'saveSnapshot'>;
  /** Says when outputs are durable. */
  readonly outbox: Pick<Outbox, 'durableUpTo'>;
  /** The right to save snapshots. */
  readonly claim: SnapshotClaim;
  readonly effects: PatientEffects;
  /** Hears of each snapshot that was saved. */
  readonly saved: (snapshot: SnapshotToSave) => void;
  /** Hears why one was not; the one that waits is dropped with it. */
  readonly failed: (error: unknown) => void;
};

/** The snapshots of one partition. */
export class SnapshotSaves {
  readonly #config: SnapshotSavesConfig;
  #waiting: SnapshotToSave | undefined;
  #saving: Promise<void> | undefined;

  constructor(config: SnapshotSavesConfig) {
    this.#config = config;
  }

  /** Whether one waits or is under way. */
  get isBusy(): boolean {
    return this.#saving !== undefined;
  }

  /** One more; it takes the place of one that waits. */
  add(snapshot: SnapshotToSave): void {
    this.#waiting = snapshot;
    this.#saving ??= this.#saveAll();
  }

  /** Resolves when none is under way any more: all are saved, or saving has failed. */
  async idle(): Promise<void> {
    await this.#saving;
  }

  async #saveAll(): Promise<void> {
    try {
      for (let snapshot = this.#waiting; snapshot !== undefined; snapshot = this.#waiting) {
        this.#waiting = undefined;
        await this.#save(snapshot);
      }
    } catch (error) {
      this.#waiting = undefined;
      this.#config.failed(error);
    } finally {
      this.#saving = undefined;
    }
  }

  async #save(snapshot: SnapshotToSave): Promise<void> {
    const { store, outbox, claim, effects, saved } = this.#config;
    const { stored } = snapshot;
    await outbox.durableUpTo(stored.nextOffset);
    await effects.run('saving a snapshot', () => store.saveSnapshot(stored, claim));
    saved(snapshot);
  }
}
