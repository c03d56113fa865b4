/**
 * The command `npm run testbed -- up|down|status|fault …`. In: arguments. Out: lines for people and lines to paste; exit
 * code 0, 1 if it could not be done, 2 if it was not understood.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bringDown, bringUp } from './bring-up.ts';
import { type ClusterState, readState, type ServerKind } from './cluster-state.ts';
import { setFault } from './fault-command.ts';
import { cacheFolder } from './maven-jars.ts';
import { isAlive } from './process-identity.ts';

const usage = `usage: npm run testbed -- COMMAND

  up kafka [--brokers 1]       starts Apache Kafka (KRaft) and waits until it is ready
  up cassandra [--nodes 1]     starts Apache Cassandra and waits until it is ready
      --proxy                  lets clients reach each server through a fault proxy
      --heap MIB               memory of each server; default 256 for Kafka, 512 for Cassandra
      --port PORT              of the first server; default 9092 or 9042, or a free one if that is taken
  status [kafka|cassandra]     lists what runs: pid, address, log file
  down [kafka|cassandra]       ends what runs and removes its data
  fault kafka|cassandra N [NAME=VALUE…] [heal|reset|halfOpen|refuse|accept]
                               sets faults of the proxy before server N: latencyMs, jitterMs, bytesPerSecond,
                               stalled and blackHole (none, toServer, toClient, both); says what it counted
  --dir FOLDER                 where state, data and logs lie; default testbed/run in the cache

Needs Java 17; the first time also Maven. TAPELINE_CACHE says where fetched jars are kept (default ~/.cache/tapeline).
`;

const kinds: readonly ServerKind[] = ['kafka', 'cassandra'];

class UsageError extends Error {}

async function run(args: readonly string[]): Promise<void> {
  const { values, positionals } = read(args);
  const [command, kindText, ...rest] = positionals;
  const folder = values.dir === undefined ? path.join(cacheFolder(), 'testbed', 'run') : path.resolve(values.dir);
  if (command === 'up') {
    const kind = kindOf(kindText);
    if (kind === 'kafka' && values.nodes !== undefined) throw new UsageError('Kafka has --brokers, not --nodes');
    if (kind === 'cassandra' && values.brokers !== undefined)
      throw new UsageError('Cassandra has --nodes, not --brokers');
    const count = integer('--brokers or --nodes', values.brokers ?? values.nodes ?? '1', 1, kind === 'kafka' ? 5 : 3);
    const heapMb = values.heap === undefined ? undefined : integer('--heap', values.heap, 128, 65_536);
    const port = values.port === undefined ? undefined : integer('--port', values.port, 1, 65_535);
    print(describe(await bringUp({ kind, folder, count, proxied: values.proxy === true, heapMb, port })));
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

type Flags = Partial<Record<'brokers' | 'nodes' | 'heap' | 'port' | 'dir', string>> & { readonly proxy?: boolean };

function read(args: readonly string[]): { readonly values: Flags; readonly positionals: readonly string[] } {
  const text = { type: 'string' } as const;
  const options = {
    brokers: text,
    nodes: text,
    heap: text,
    port: text,
    dir: text,
    proxy: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function kindOf(text: string | undefined): ServerKind {
  const kind = kinds.find((each) => each === text);
  if (kind === undefined) throw new UsageError(`'${text ?? ''}' is no server; it is kafka or cassandra`);
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
