/**
 * The embedded log and store under the suites. In: nothing. Out: a data directory of its own with a clock by hand, to
 * be opened, closed, opened again and taken away.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Embedded, openEmbedded } from '@tapeline/embedded';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { vi } from 'vitest';
import { suitePartitions, suiteRetentionMs } from './log-under-test.ts';

/** Retention is due at least this often, ms. */
const stepMs = 5_000;

/** A data directory of a test. */
export class EmbeddedDirectory {
  readonly clock: ManualClock = new ManualClock(1_760_000_000_000);
  readonly dataDir: string = mkdtempSync(join(tmpdir(), 'tapeline-conformance-'));
  #opened: Embedded | undefined;

  /** Opens it; what was open before is closed. */
  async open(): Promise<Embedded> {
    await this.#opened?.close();
    this.#opened = await openEmbedded({
      dataDir: this.dataDir,
      partitions: suitePartitions,
      retentionMs: suiteRetentionMs,
      clock: this.clock,
      logger: silentLogger,
    });
    return this.#opened;
  }

  /** Lets time pass, with retention working all the while. */
  async age(ms: number): Promise<void> {
    for (let aged = 0; aged < ms; aged += stepMs) {
      await this.clock.advance(Math.min(stepMs, ms - aged));
      // Retention sleeps on this clock again once a sweep is done.
      await vi.waitUntil(() => this.clock.sleeping > 0, { timeout: 15_000, interval: 2 });
    }
  }

  /** Closes it and takes it away. */
  async end(): Promise<void> {
    await this.#opened?.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}
