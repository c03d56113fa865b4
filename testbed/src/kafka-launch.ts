/**
 * The commands of a broker. In: where Java and the jars are, a folder with server.properties. Out: a formatted log, and
 * the command that runs the broker.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { KafkaUser } from './kafka-settings.ts';
import type { ServerCommand } from './server-process.ts';
import { TestbedError } from './testbed-error.ts';

const run = promisify(execFile);
const formatTimeoutMs = 90_000;

/** What runs a broker. */
export type KafkaRuntime = {
  readonly java: string;
  readonly jars: string;
  readonly heapMb: number;
  readonly quickStart: boolean;
};

/** Its log goes to the output. */
export const log4j: string = `<Configuration status="WARN">
  <Appenders><Console name="out"><PatternLayout pattern="%d{ISO8601} %-5p %c{1} %m%n"/></Console></Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="out"/></Root>
    <Logger name="org.apache.kafka.common.config.AbstractConfig" level="WARN"/>
  </Loggers>
</Configuration>
`;

/** Writes a broker's first log. Users of SCRAM are written into it, as brokers keep them in the log. */
export async function formatKafkaLog(
  runtime: KafkaRuntime,
  directory: string,
  clusterId: string,
  users: readonly KafkaUser[],
): Promise<void> {
  const properties = path.join(directory, 'server.properties');
  const scram = users.flatMap(({ name, password }) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((kind) => [
      '--add-scram',
      `${kind}=[name=${name},password=${password}]`,
    ]),
  );
  const args = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', properties, ...scram];
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
  try {
    await run(runtime.java, [...jvm, ...logging(directory), '-cp', `${runtime.jars}/*`, ...args], {
      timeout: formatTimeoutMs,
    });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    const lines = `${stdout}${stderr}`.trim().split('\n');
    const causes = lines.filter((line) => /Exception|^Error|ERROR/.test(line));
    const said = (causes.length > 0 ? causes : lines).slice(-5).join('\n');
    throw new TestbedError('SERVER_ENDED', `Kafka could not format the log of ${properties}: ${said}`, {
      cause: error,
    });
  }
}

/** The command that runs a broker in its folder. */
export function kafkaCommand(
  { java, jars, heapMb, quickStart }: KafkaRuntime,
  directory: string,
  rest: Omit<ServerCommand, 'command' | 'args' | 'directory' | 'logFile' | 'readyLines'>,
): ServerCommand {
  const jvm = [
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    '-XX:+ExitOnOutOfMemoryError',
    // The collector with the least memory and threads of its own; above this heap its pauses are too long.
    heapMb <= 512 ? '-XX:+UseSerialGC' : '-XX:+UseG1GC',
    ...(quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
  ];
  const properties = path.join(directory, 'server.properties');
  return {
    ...rest,
    directory,
    command: java,
    args: [...jvm, ...logging(directory), '-cp', `${jars}/*`, 'kafka.Kafka', properties],
    logFile: path.join(directory, 'server.log'),
    readyLines: [/Kafka Server started/],
  };
}

function logging(directory: string): string[] {
  const file = path.join(directory, 'log4j2.xml');
  writeFileSync(file, log4j);
  return [`-Dlog4j2.configurationFile=${file}`];
}
