/** Every log that we have passes the one suite of the seam `TickLog`. */
import { SimulatedLog, VirtualClock } from '@tapeline/simulation';
import { EmbeddedDirectory } from './embedded-directory.ts';
import { suitePartitions, suiteRetentionMs, tickLogSuite } from './tick-log-suite.ts';

tickLogSuite('the embedded log', async () => {
  const directory = new EmbeddedDirectory();
  const { clock } = directory;
  return {
    log: (await directory.open()).log,
    reopen: async () => (await directory.open()).log,
    age: async (ms) => directory.age(ms),
    stepBack: (ms) => clock.setWallMs(clock.nowMs() - ms),
    end: async () => directory.end(),
  };
});

tickLogSuite('the simulated log', async () => {
  const clock = new VirtualClock(1_760_000_000_000);
  const log = new SimulatedLog({ clock, partitions: suitePartitions, retentionMs: suiteRetentionMs });
  let opened = log;
  return {
    log,
    reopen: async () => {
      await opened.close();
      opened = opened.reopened();
      return opened;
    },
    age: async (ms) => {
      clock.advanceBy(ms);
      opened.sweep();
    },
    stepBack: (ms) => clock.stepBackBy(ms),
    end: async () => opened.close(),
  };
});
