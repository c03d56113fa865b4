/**
 * The system as it runs: ingest, workers and query as processes of their own, on a stream and keyspace that nobody else
 * has. In: servers and how many of each. Out: the processes, their addresses, and one `stop` that ends all of them.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { streamTopicNames, topicOf } from '@tapeline/kafka';
import { freePorts } from '@tapeline/testbed';
import { runCql, withAdmin } from './by-hand.ts';
import { Child, type ChildCommand } from './child.ts';
import { MemoryWatch } from './memory-watch.ts';
import type { Servers } from './servers.ts';
import type { StreamFacts } from './stream-view.ts';
import { pause } from './until.ts';

/** What runs. */
export type WorldWish = {
  /** 1, 2, 0 and 4 where absent; `query` is whether there is one. */
  readonly ingests?: number;
  readonly workers?: number;
  readonly query?: boolean;
  readonly partitions?: number;
  /** Options of every process, such as `--kafka-min-insync 1`. */
  readonly args?: readonly string[];
  readonly ingestArgs?: readonly string[];
  readonly workerArgs?: readonly string[];
  readonly queryArgs?: readonly string[];
  /** Another entry for workers, from the repository's root: one whose guard is off. */
  readonly workerMain?: string;
  readonly workerEnv?: Readonly<Record<string, string>>;
  readonly ingestMain?: string;
  readonly ingestEnv?: Readonly<Record<string, string>>;
};

/** What runs, by name. */
export type World = {
  readonly facts: StreamFacts;
  /** Of every process: where its servers and its stream are. */
  readonly args: readonly string[];
  readonly ingests: readonly Child[];
  readonly workers: readonly Child[];
  readonly query: Child | undefined;
  /** gRPC of the ingests; the same after a restart. */
  readonly ingestAddresses: readonly string[];
  /** gRPC and HTTP of query; the same after a restart. */
  readonly queryAddress: string;
  readonly http: string;
  readonly memory: MemoryWatch;
  readonly folder: string;
  /** One more worker; it counts among `workers` from now on. */
  addWorker(): Child;
  /** Kills everything that runs, and removes logs, topics and tables unless `keep`. May be called twice. */
  stop(keep?: boolean): Promise<void>;
};

/** Options that every fault shares: bars that close within seconds, snapshots often. */
const workerDefaults = ['--intervals', '1s,5s', '--snapshot-interval', '500ms', '--quiet-after', '500ms'];

const readyWithinMs = 120_000;
const dropsMax = 3;
const dropPauseMs = 5_000;
let worlds = 0;

/** Starts it and waits until every process serves. If one does not, everything is ended. */
export async function startWorld(servers: Servers, wish: WorldWish = {}): Promise<World> {
  worlds += 1;
  const name = `f${process.pid.toString(36)}x${Date.now().toString(36)}x${worlds}`;
  const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-faults-'));
  const running = new RunningWorld(servers, wish, { name, folder });
  try {
    await running.start();
    return running;
  } catch (error) {
    await running.stop(true);
    throw error;
  }
}

/** Runs `work` on a world of its own, which ends with it; if it fails the logs stay, and the error names their folder. */
export async function inWorld<Result>(
  servers: Servers,
  wish: WorldWish,
  work: (world: World) => Promise<Result>,
): Promise<Result> {
  const world = await startWorld(servers, wish);
  try {
    const result = await work(world);
    await world.stop();
    return result;
  } catch (error) {
    await world.stop(true);
    console.error(`the logs of what failed are in ${world.folder}`);
    throw error;
  }
}

class RunningWorld implements World {
  readonly facts: StreamFacts;
  readonly args: readonly string[];
  readonly folder: string;
  readonly ingests: Child[] = [];
  readonly workers: Child[] = [];
  readonly ingestAddresses: string[] = [];
  readonly memory: MemoryWatch;
  query: Child | undefined;
  queryAddress = '';
  http = '';
  readonly #wish: WorldWish;
  #isStopped = false;

  constructor(servers: Servers, wish: WorldWish, { name, folder }: { readonly name: string; readonly folder: string }) {
    const { partitions = 4, args = [], workerArgs = [] } = wish;
    this.#wish = wish;
    this.folder = folder;
    const foldArgs = [...workerDefaults, ...workerArgs];
    this.facts = { servers, stream: name, keyspace: name, workerArgs: foldArgs };
    const cassandra = ['--cassandra', servers.contactPoints.join(','), '--cassandra-dc', servers.datacenter];
    const places = ['--kafka', servers.brokers.join(','), ...cassandra, '--stream', name, '--keyspace', name];
    const sizes = ['--cassandra-replication', '1', '--partitions', String(partitions)];
    this.args = [...places, ...sizes, '--log-format', 'json', ...args];
    this.memory = new MemoryWatch(() => this.#children());
  }

  async start(): Promise<void> {
    const { ingests = 1, workers = 2, query = false, ingestArgs = [], queryArgs = [] } = this.#wish;
    const ports = await freePorts(ingests + 2);
    for (const port of ports.slice(2)) {
      const args = ['--grpc-port', String(port), '--metrics-port', '0', ...ingestArgs];
      const { ingestMain: main = 'services/ingest/src/main.ts', ingestEnv: env = {} } = this.#wish;
      const ingest = this.#child({ name: `ingest-${this.ingests.length}`, main, args, env });
      this.ingests.push(ingest);
      this.ingestAddresses.push(`127.0.0.1:${port}`);
      // The first one makes topics and tables.
      await ingest.field('port', readyWithinMs);
    }
    for (let made = 0; made < workers; made += 1) this.addWorker();
    if (query) {
      const [grpc = 0, http = 0] = ports;
      const args = ['--grpc-port', String(grpc), '--http-port', String(http), '--intervals', '1s,5s', ...queryArgs];
      this.query = this.#child({ name: 'query', main: 'services/query/src/main.ts', args });
      this.queryAddress = `127.0.0.1:${grpc}`;
      this.http = `http://127.0.0.1:${http}`;
    }
    await Promise.all(this.workers.map((worker) => worker.field('address', readyWithinMs)));
    await this.query?.field('httpPort', readyWithinMs);
  }

  addWorker(): Child {
    const { workerMain: main = 'services/worker/src/main.ts', workerEnv: env = {} } = this.#wish;
    const args = ['--grpc-port', '0', '--metrics-port', '0', ...this.facts.workerArgs];
    const worker = this.#child({ name: `worker-${this.workers.length}`, main, args, env });
    this.workers.push(worker);
    return worker;
  }

  async stop(keep = false): Promise<void> {
    this.memory.close();
    await Promise.all(this.#children().map((child) => child.kill('SIGKILL')));
    if (keep || this.#isStopped) return;
    this.#isStopped = true;
    rmSync(this.folder, { recursive: true, force: true });
    await leaveServers(this.facts);
  }

  #child(command: Omit<ChildCommand, 'folder'>): Child {
    return new Child({ ...command, args: [...this.args, ...command.args], folder: this.folder });
  }

  #children(): Child[] {
    return [...this.ingests, ...this.workers, ...(this.query === undefined ? [] : [this.query])];
  }
}

/** A node that is still busy with what a run wrote may close the connection; the statement may be made again. */
async function dropKeyspace(servers: Servers, keyspace: string): Promise<void> {
  for (let left = dropsMax; ; left -= 1) {
    try {
      await runCql(servers, `DROP KEYSPACE IF EXISTS ${keyspace}`);
      return;
    } catch (error) {
      if (left === 1) throw error;
      await pause(dropPauseMs);
    }
  }
}

/** Every keyspace takes memory of a server as long as it is there; those that are the fault's own end with it. */
async function leaveServers({ servers, stream, keyspace }: StreamFacts): Promise<void> {
  if (servers.cassandra === undefined) await dropKeyspace(servers, keyspace);
  if (servers.kafka === undefined) {
    await withAdmin(servers, (admin) => admin.deleteTopics(streamTopicNames.map((topic) => topicOf(stream, topic))));
  }
}
