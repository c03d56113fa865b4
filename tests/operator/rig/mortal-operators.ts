/**
 * Operators that die at every change, one after the other. In: where, under which name, and what tells that the last one is to live. Out:
 * what each died at. Every other one dies right after its change, the others while it is under way.
 */
import { kubeTypes } from '@tapeline/kubernetes';
import { namespace, type OperatorCluster, operatorName } from './operator-cluster.ts';
import { OperatorProcess } from './operator-process.ts';

const deathsMax = 80;

/** Ends once `lives` says true of a process; it says false of one that has died. */
export async function untilOneLives(
  place: OperatorCluster,
  name: string,
  lives: (process: OperatorProcess) => Promise<boolean>,
): Promise<readonly string[]> {
  const deaths: string[] = [];
  const kubeconfig = await place.operatorAccess(name);
  const mortal = { name: `mortal-${name}`, kubeconfig, folder: place.cluster.directory };
  for (let death = 0; death < deathsMax; death += 1) {
    // Who died keeps the lease for 15 s; a person may take it away, and nobody else is there.
    await place.api.delete(kubeTypes.lease, { namespace, name: operatorName });
    // What is cut off midway may not have happened, so every other one dies after its change.
    const env = { TEST_DIES: death % 2 === 0 ? 'after' : String((death * 13) % 60) };
    const process = await OperatorProcess.start({ ...mortal, main: 'tests/operator/rig/killed-operator.ts', env });
    if (await lives(process)) {
      await process.end();
      return deaths;
    }
    const died = /"died":"([^"]+)"/.exec(process.child.text())?.[1];
    if (died === undefined) throw new Error(`it ended by itself:\n${process.child.text().slice(-3_000)}`);
    deaths.push(died);
  }
  throw new Error(`after ${deathsMax} deaths there is still something to change: ${deaths.join(', ')}`);
}
