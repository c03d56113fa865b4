/** Every log that we have passes the one suite of the seam `TickLog`. */
import { SimulatedLog, VirtualClock } from '@tapeline/simulation';
import { EmbeddedDirectory } from './embedded-directory.ts';
import { type LogUnderTest, suitePartitions, suiteRetentionMs } from './log-under-test.ts';
import { tickLogSuite } from './tick-log-suite.ts';

let logs = 0;

tickLogSuite('the embedded log', embedded, { ages: true });
tickLogSuite('the simulated log', simulated, { ages: true });

async function embedded(): Promise<LogUnderTest> {
  const directory = new EmbeddedDirectory();
  const { clock } = directory;
  const opened = await directory.open();
  return {
    log: opened.log,
    partitions: opened.partitions,
    reopen: async () => (await directory.open()).log,
    age: async (ms) => directory.age(ms),
    stepBack: (ms) => clock.setWallMs(clock.nowMs() - ms),
    end: async () => directory.end(),
  };
}

async function simulated(): Promise<LogUnderTest> {
  const clock = new VirtualClock(1_760_000_000_000);
  const id = `simulated ${(logs += 1)}`;
  const log = new SimulatedLog({ clock, partitions: suitePartitions, retentionMs: suiteRetentionMs, id });
  let opened = log;
  return {
    log,
    partitions: log,
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
}
