/**
 * Data directories of tests. In: nothing, or a place. Out: an own directory and what is opened in it, closed and taken
 * away at the end of the test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, silentLogger } from '@tapeline/runtime';
import { onTestFinished } from 'vitest';
import { type Embedded, type EmbeddedOptions, openEmbedded } from '../src/index.ts';

/** A new directory that goes with the test. */
export function newDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'tapeline-embedded-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Opens a directory with one partition and a clock that stands; closes it when the test ends. */
export async function openIn(dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<Embedded> {
  const clock = new ManualClock(1_760_000_000_000);
  const opened = await openEmbedded({
    dataDir,
    partitions: 1,
    retentionMs: 86_400_000,
    clock,
    logger: silentLogger,
    ...options,
  });
  onTestFinished(async () => opened.close());
  return opened;
}

/** What a promise rejects with; fails the test that calls it if it does not. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not reject');
}
