/**
 * The command `npm run testbed -- up|load|status|down …`. In: arguments. Out: lines for people and lines to paste; exit
 * code 0, 1 if it could not be done, 2 if it was not understood.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type BringUpConfig, bringDown, bringUp } from './bring-up.ts';
import { type ClusterState, readState, type ServerKind } from './cluster-state.ts';
import { setFault } from './fault-command.ts';
import { buildPrograms } from './kubernetes/go-build.ts';
import { allPrograms, apiPrograms, helm } from './kubernetes/kube-versions.ts';
import { loadImage } from './kubernetes/load-images.ts';
import { cacheFolder } from './maven-jars.ts';
import { isAlive } from './process-identity.ts';

const usage = `usage: npm run testbed -- COMMAND

  up kafka [--brokers 1]       starts Apache Kafka (KRaft) and waits until it is ready
  up cassandra [--nodes 1]     starts Apache Cassandra and waits until it is ready
      --proxy                  lets clients reach each server through a fault proxy
      --heap MIB               memory of each server; default 256 for Kafka, 512 for Cassandra
      --port PORT              of the first server; default 9092 or 9042, or a free one if that is taken
  up kubernetes [--nodes 1]    starts Kubernetes and waits until it is ready; needs root and some of Debian's packages
      --api-only               no nodes: pods stay pending; needs no root
      --metrics                figures of CPU and memory, for kubectl top and autoscalers
  build kubernetes [--api-only]
                               builds what up kubernetes would build first, and Helm
  load kubernetes IMAGE…       makes images and loads them into its nodes: kafka, cassandra, shell, tapeline (of our
                               Dockerfile), tapeline:TAG (the same by another name), or archives (OCI or Docker)
  status [SERVER]              lists what runs: pid, address, log file
  down [SERVER]                ends what runs and removes its data
  fault kafka|cassandra N [NAME=VALUE…] [heal|reset|halfOpen|refuse|accept]
                               sets faults of the proxy before server N: latencyMs, jitterMs, bytesPerSecond,
                               stalled and blackHole (none, toServer, toClient, both); says what it counted
  --dir FOLDER                 where state, data and logs lie; default testbed/run in the cache

Kafka and Cassandra need Java 17; the first time also Maven. Kubernetes needs Go the first time, and then a quarter of an
hour. TAPELINE_CACHE says where jars and programs are kept (default ~/.cache/tapeline).
`;

const kinds: readonly ServerKind[] = ['kafka', 'cassandra', 'kubernetes'];

class UsageError extends Error {}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = read(args);
  const [command, kindText, ...rest] = positionals;
  const folder = values.dir === undefined ? path.join(cacheFolder(), 'testbed', 'run') : path.resolve(values.dir);
  if (command === 'up') {
    print(describe(await bringUp(upConfig(kindOf(kindText), folder, values))));
  } else if (command === 'build') {
    if (kindOf(kindText) !== 'kubernetes') throw new UsageError(`only kubernetes is built, not ${kindText ?? ''}`);
    // Suites without nodes install charts, too.
    await buildPrograms(values['api-only'] === true ? [...apiPrograms, helm] : allPrograms, onProgress);
  } else if (command === 'load') {
    const state = readState(folder, kindOf(kindText));
    if (kindText !== 'kubernetes' || state === undefined) throw new UsageError(`no kubernetes is up in ${folder}`);
    if (rest.length === 0) throw new UsageError('the images to load are missing');
    for (const image of rest) print(`${await loadImage(state, image)}\n`);
  } else if (command === 'down') {
    for (const kind of kindText === undefined ? kinds : [kindOf(kindText)]) {
      const state = await bringDown(folder, kind);
      print(state === undefined ? `no ${kind} was up\n` : `ended ${state.servers.length} processes of ${kind}\n`);
    }
  } else if (command === 'status') {
    for (const kind of kindText === undefined ? kinds : [kindOf(kindText)]) {
      const state = readState(folder, kind);
      print(state === undefined ? `no ${kind} is up in ${folder}\n` : describe(state));
    }
  } else if (command === 'fault') {
    const kind = kindOf(kindText);
    const state = readState(folder, kind);
    if (state?.controlPort === undefined) throw new UsageError(`no ${kind} is up with --proxy in ${folder}`);
    print(await setFault(state.controlPort, integer('N', rest[0] ?? '', 1, 5), rest.slice(1)));
  } else {
    throw new UsageError(command === undefined ? 'a command is missing' : `'${command}' is no command`);
  }
}

type Flags = Partial<Record<'brokers' | 'nodes' | 'heap' | 'port' | 'dir', string>> &
  Partial<Record<'proxy' | 'api-only' | 'metrics', boolean>>;

/** What only one kind can be told. */
const flagsOf: Readonly<Record<ServerKind, readonly (keyof Flags)[]>> = {
  kafka: ['brokers', 'heap', 'port', 'proxy'],
  cassandra: ['nodes', 'heap', 'port', 'proxy'],
  kubernetes: ['nodes', 'api-only', 'metrics'],
};
const countMax: Readonly<Record<ServerKind, number>> = { kafka: 5, cassandra: 3, kubernetes: 8 };

function upConfig(kind: ServerKind, folder: string, values: Flags): BringUpConfig {
  for (const flag of Object.keys(values) as (keyof Flags)[]) {
    if (flag === 'dir' || flagsOf[kind].includes(flag)) continue;
    const known = flagsOf[kind].map((name) => `--${name}`).join(', ');
    throw new UsageError(`up ${kind} has no --${flag}; it has ${known}`);
  }
  const { brokers, nodes, heap, port } = values;
  return {
    kind,
    folder,
    count: integer(brokers === undefined ? '--nodes' : '--brokers', brokers ?? nodes ?? '1', 1, countMax[kind]),
    proxied: values.proxy === true,
    heapMb: heap === undefined ? undefined : integer('--heap', heap, 128, 65_536),
    port: port === undefined ? undefined : integer('--port', port, 1, 65_535),
    apiOnly: values['api-only'] === true,
    metrics: values.metrics === true,
    onProgress,
  };
}

function onProgress(line: string): void {
  process.stderr.write(`testbed: ${line}\n`);
}

function read(args: readonly string[]): { readonly values: Flags; readonly positionals: readonly string[] } {
  const text = { type: 'string' } as const;
  const options = {
    brokers: text,
    nodes: text,
    heap: text,
    port: text,
    dir: text,
    proxy: { type: 'boolean' },
    'api-only': { type: 'boolean' },
    metrics: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function kindOf(text: string | undefined): ServerKind {
  const kind = kinds.find((each) => each === text);
  if (kind === undefined) throw new UsageError(`'${text ?? ''}' is no server; it is kafka, cassandra or kubernetes`);
  return kind;
}

function integer(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new UsageError(`${name} is '${text}'; it must be an integer from ${min} to ${max}`);
}

function describe(state: ClusterState): string {
  const servers = state.servers.map(({ name, identity, address, logFile }) => {
    const isUp = isAlive(identity) ? 'runs' : 'ended';
    return `${name}  ${isUp}  pid ${identity.pid}  ${address}  ${logFile}\n`;
  });
  return [...servers, ...state.environment.map((line) => `${line}\n`)].join('');
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  const args = process.argv.slice(2);
  if (args.length === 1 && ['help', '--help', '-h'].includes(args[0] ?? '')) print(usage);
  else await run(args);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof UsageError ? `testbed: ${message}\n\n${usage}` : `testbed: ${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
