/**
 * The whole operator on real servers. In: how its control plane is started, and with which options it. Out: one operator's process on
 * an API server of its own, on the run's Kafka and Cassandra; only the status of pods is written by hand, as there are no nodes.
 */
import { cassandraForTests, kafkaForTests, type KubernetesOptions, type NoServer } from '@tapeline/testbed';
import { Market } from './market.ts';
import { namespace, type OperatorCluster, startOperatorCluster } from './operator-cluster.ts';
import { type OperatorPlace, OperatorProcess } from './operator-process.ts';
import { PodsByHand } from './pods-by-hand.ts';

/** What may be chosen. */
export type WholeOptions = KubernetesOptions &
  Pick<OperatorPlace, 'args' | 'main' | 'env'> & {
    /** What is done before the operator starts. */
    readonly before?: (whole: Surroundings) => Promise<void>;
  };

/** What an operator acts in. */
export type Surroundings = {
  readonly place: OperatorCluster;
  readonly market: Market;
  readonly pods: PodsByHand;
};

/** All of it. */
export type WholeOperator = Surroundings & {
  readonly unavailable?: undefined;
  /** The first one. */
  readonly operator: OperatorProcess;
  /** All that were started, also those that have ended. */
  readonly operators: readonly OperatorProcess[];
  /** Starts one more, with an account's token of its own. */
  readonly another: (name: string, options?: Pick<OperatorPlace, 'args' | 'main' | 'env'>) => Promise<OperatorProcess>;
  /** Ends everything, and takes away what was made on the servers. */
  end(): Promise<void>;
};

/** Starts it, and waits until the operator leads; or says why there can be none. */
export async function startWholeOperator(options: WholeOptions = {}): Promise<WholeOperator | NoServer> {
  const { args, main, env, before, ...ofCluster } = options;
  const [kafka, cassandra] = [await kafkaForTests(), await cassandraForTests()];
  if (kafka.unavailable !== undefined) return kafka;
  if (cassandra.unavailable !== undefined) return cassandra;
  const place = await startOperatorCluster(ofCluster);
  if (place.unavailable !== undefined) return place;
  const { brokers } = kafka;
  const { contactPoints, datacenter } = cassandra;
  const market = new Market(place.api, { brokers, contactPoints, datacenter });
  const pods = new PodsByHand(place.api, namespace);
  const surroundings = { place, market, pods };
  await before?.(surroundings);
  const operators: OperatorProcess[] = [];
  const another: WholeOperator['another'] = async (name, own = {}) => {
    const kubeconfig = await place.operatorAccess(name);
    const started = await OperatorProcess.start({ name, kubeconfig, folder: place.cluster.directory, ...own });
    operators.push(started);
    return started;
  };
  const chosen = {
    ...(args === undefined ? {} : { args }),
    ...(main === undefined ? {} : { main }),
    ...(env === undefined ? {} : { env }),
  };
  const operator = await another('operator-0', chosen);
  await operator.leads();
  return {
    ...surroundings,
    operator,
    operators,
    another,
    end: async () => {
      for (const each of operators) await each.end();
      await pods.end();
      await place.cluster.close();
      await market.end();
    },
  };
}
