/** Every log of placement that we have passes the one suite of the seam `ControlLog`. */
import { SimulatedControlLog, VirtualClock } from '@tapeline/simulation';
import { type ControlLogUnderTest, controlLogSuite } from './control-log-suite.ts';
import { EmbeddedDirectory } from './embedded-directory.ts';

controlLogSuite('the embedded log', embedded, { compacts: true });
controlLogSuite('the simulated log', simulated, { shares: true, compacts: true });

async function embedded(): Promise<ControlLogUnderTest> {
  const directory = new EmbeddedDirectory();
  return {
    log: (await directory.open()).control,
    reopen: async () => (await directory.open()).control,
    // It keeps the last of each key at once.
    compact: async () => undefined,
    end: async () => directory.end(),
  };
}

async function simulated(): Promise<ControlLogUnderTest> {
  const log = new SimulatedControlLog({ clock: new VirtualClock(1_760_000_000_000) });
  const opened = [log];
  const beside = async (): Promise<SimulatedControlLog> => {
    const other = log.beside();
    opened.push(other);
    return other;
  };
  return {
    log,
    beside,
    reopen: async () => {
      await log.close();
      return beside();
    },
    compact: async () => void log.compact(),
    end: async () => void (await Promise.all(opened.map(async (one) => one.close()))),
  };
}
