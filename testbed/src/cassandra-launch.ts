/**
 * The command of a Cassandra node. In: where Java and the jars are, a folder with cassandra.yaml. Out: the command. The
 * exports and opens are those of the jvm17 options that Cassandra itself is started with.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ServerCommand } from './server-process.ts';
import { TestbedError } from './testbed-error.ts';

/** What runs a node. */
export type CassandraRuntime = {
  readonly java: string;
  readonly jars: string;
  readonly heapMb: number;
  readonly quickStart: boolean;
  /** Whether it is the only node of its cluster. */
  readonly isAlone: boolean;
};

const exported = [
  'java.base/java.lang.ref',
  'java.base/jdk.internal.misc',
  'java.base/jdk.internal.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
];
const opened = [
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'jdk.management/com.sun.management.internal',
];

/** Opens what Cassandra uses of Java's insides: for the server, and for its tools. */
export const openedOptions: readonly string[] = [
  ...exported.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...opened.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
];

/** Its log goes to the output; LOG_LEVEL may say from which level on. */
export const logback: string = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d{ISO8601} %-5level %logger{20} %msg%n</pattern></encoder>
  </appender>
  <root level="\${LOG_LEVEL:-INFO}"><appender-ref ref="out"/></root>
</configuration>
`;

/** The command that runs a node in its folder. */
export function cassandraCommand(
  { java, jars, heapMb, quickStart, isAlone }: CassandraRuntime,
  directory: string,
  rest: Omit<ServerCommand, 'command' | 'args' | 'directory' | 'logFile'>,
): ServerCommand {
  const inFolder = (name: string): string => path.join(directory, name);
  writeFileSync(inFolder('logback.xml'), logback);
  for (const name of ['triggers', 'native']) mkdirSync(inFolder(name), { recursive: true });
  const jamm = readdirSync(jars).find((file) => /^jamm-.*\.jar$/.test(file));
  if (jamm === undefined)
    throw new TestbedError('JARS_FAILED', `${jars} holds no jamm; remove the folder and try again`);
  const jvm = [
    ...openedOptions,
    `-javaagent:${path.join(jars, jamm)}`,
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    heapMb <= 768 ? '-XX:+UseSerialGC' : '-XX:+UseG1GC',
    ...(quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
    '-XX:+ExitOnOutOfMemoryError',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djava.security.manager=allow',
    `-Djava.io.tmpdir=${inFolder('native')}`,
    `-Djna.tmpdir=${inFolder('native')}`,
    `-Dlogback.configurationFile=${inFolder('logback.xml')}`,
    '-Dcassandra-foreground=yes',
    `-Dcassandra.config=${pathToFileURL(inFolder('cassandra.yaml')).href}`,
    `-Dcassandra.storagedir=${inFolder('data')}`,
    `-Dcassandra.triggers_dir=${inFolder('triggers')}`,
    // A node alone waits for nobody; one among others must hear of them, and they of it, before it goes on.
    `-Dcassandra.ring_delay_ms=${isAlone ? 100 : 2000}`,
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.superuser_setup_delay_ms=0',
  ];
  return {
    ...rest,
    directory,
    command: java,
    args: [...jvm, '-cp', `${jars}/*`, 'org.apache.cassandra.service.CassandraDaemon'],
    logFile: inFolder('server.log'),
  };
}
