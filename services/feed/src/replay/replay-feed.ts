/**
 * The feed of recorded files. In: paths, a speed, a register of what was replayed before. Out: their ticks merged by
 * event time, one publisher a file, ended so that every bar closes. Law 3: a file that is complete is not sent again,
 * one that was interrupted is sent again from the top under its own id, and one whose id expired meanwhile is refused.
 */
import type { Feed, FeedEnd, FeedListener, FeedSink } from '@tapeline/domain';
import { FeedReport } from '../publish/feed-report.ts';
import { feedStop } from '../publish/feed-stop.ts';
import { GraceOverError, PublisherExpiredError } from '../publish/sink-faults.ts';
import { openSources } from './open-sources.ts';
import type { ReplayConfig } from './replay-config.ts';
import { ReplayRun } from './replay-run.ts';

/** No file of a replay can be read, or it cannot go on; the message says what to do. */
export class ReplayError extends Error {
  override name = 'ReplayError';
}

/** Files as a feed. */
export class ReplayFeed implements Feed {
  readonly name = 'replay';
  readonly #config: ReplayConfig;

  constructor(config: ReplayConfig) {
    this.#config = config;
  }

  async run(sink: FeedSink, listener: FeedListener, stop: Promise<void>): Promise<FeedEnd> {
    const { clock, random, logger, paths, speed, register } = this.#config;
    const report = new FeedReport(listener, logger);
    const stops = feedStop(stop, clock);
    const parts = { sink, clock, random, report, stop: stops };
    report.status('connecting', `looks at ${paths.length} files`);
    try {
      const { sources, readable, alreadyIn } = await openSources(this.#config, report);
      if (readable === 0)
        throw new ReplayError(
          `none of the files of --replay can be read (${paths.length}); see the messages before, and name others`,
        );
      if (alreadyIn > 0)
        logger.info('files were replayed into this data directory before and add nothing', { files: alreadyIn });
      const run = new ReplayRun(parts, register, speed, sources);
      await run.read();
      const { ticks } = report.end();
      const before = alreadyIn > 0 ? `; ${alreadyIn} files were there already and add nothing` : '';
      report.status(
        'ended',
        stops.asked.aborted ? `stopped after ${ticks} ticks` : `all of ${ticks} ticks are in${before}`,
      );
      return report.end();
    } catch (error) {
      if (error instanceof PublisherExpiredError) {
        throw new ReplayError(
          `the replay took longer than the seven days that a publisher id lives (${error.message}); ` +
            'start again with a higher --speed and another --data-dir',
          { cause: error },
        );
      }
      // What was not settled is sent again by the next start, under the same ids: nothing is missing.
      if (!(error instanceof GraceOverError)) throw error;
      report.status('ended', 'stopped before the log had settled everything; the next start sends it again');
      return report.end();
    } finally {
      stops.release();
    }
  }
}
