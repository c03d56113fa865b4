/**
 * Images of Kafka and Cassandra for clusters that reach no registry. In: jars from Maven, the JDK of this machine. Out:
 * archives that stand in for the images of both projects: same names, paths, users and variables, as far as charts use
 * them. Each is made once.
 */
import { execFile } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { logback, openedOptions } from '../cassandra-launch.ts';
import { findTool } from '../find-tool.ts';
import { findJava } from '../java-tools.ts';
import { log4j } from '../kafka-launch.ts';
import { mavenJars } from '../maven-jars.ts';
import { TestbedError } from '../testbed-error.ts';
import { cassandraArtifacts, cassandraVersion, kafkaArtifacts, kafkaVersion } from '../versions.ts';
import { imageArchive } from './cluster-images.ts';
import { programsFolder } from './go-build.ts';
import { type ImageRecipe, writeImage } from './oci-image.ts';
import { copyLibraries, makeRoot } from './root-folder.ts';

const run = promisify(execFile);
const linkTimeoutMs = 300_000;

/** As the project names its own; a chart that asks for this one gets ours. */
export const kafkaImageName: string = `docker.io/apache/kafka:${kafkaVersion}`;
/** As the project names its own; a chart that asks for this one gets ours. */
export const cassandraImageName: string = `docker.io/library/cassandra:${cassandraVersion}`;

const javaModules = [
  'java.base',
  'java.compiler',
  'java.desktop',
  'java.instrument',
  'java.logging',
  'java.management',
  'java.management.rmi',
  'java.naming',
  'java.rmi',
  'java.scripting',
  'java.security.jgss',
  'java.security.sasl',
  'java.sql',
  'java.xml',
  'jdk.attach',
  'jdk.crypto.ec',
  'jdk.jcmd',
  'jdk.management',
  'jdk.management.agent',
  'jdk.naming.dns',
  'jdk.naming.rmi',
  'jdk.net',
  'jdk.unsupported',
  'jdk.zipfs',
];

/** The archive of Kafka. Rejects with what is missing: Java 17 with jlink, Maven, busybox. */
export async function kafkaImage(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const recipe = {
    name: kafkaImageName,
    user: '1000:1000',
    command: ['/opt/kafka/bin/kafka-server-start.sh', '/opt/kafka/config/server.properties'],
  };
  return javaImage(
    `kafka-${kafkaVersion}`,
    { ...recipe, environment: variables('/opt/kafka/bin') },
    env,
    async (root) => {
      const home = path.join(root, 'opt', 'kafka');
      copyJars(await mavenJars('kafka', kafkaArtifacts, env), path.join(home, 'libs'));
      copyPrograms('kafka', path.join(home, 'bin'));
      writeInto(path.join(home, 'config'), 'log4j2.xml', log4j);
      mkdirSync(path.join(root, 'var', 'lib', 'kafka', 'data'), { recursive: true });
    },
  );
}

/** The archive of Cassandra. Rejects with what is missing: Java 17 with jlink, Maven, busybox. */
export async function cassandraImage(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const recipe = { name: cassandraImageName, user: '999:999', command: ['cassandra', '-f'] };
  return javaImage(
    `cassandra-${cassandraVersion}`,
    { ...recipe, environment: variables('/opt/cassandra/bin') },
    env,
    async (root) => {
      const home = path.join(root, 'opt', 'cassandra');
      copyJars(await mavenJars('cassandra', cassandraArtifacts, env), path.join(home, 'lib'));
      copyPrograms('cassandra', path.join(home, 'bin'));
      writeInto(path.join(home, 'conf'), 'logback.xml', logback);
      writeInto(path.join(home, 'conf'), 'opened.options', `${openedOptions.join('\n')}\n`);
      for (const folder of ['opt/cassandra/conf/triggers', 'etc/cassandra', 'var/lib/cassandra', 'var/log/cassandra']) {
        mkdirSync(path.join(root, folder), { recursive: true });
      }
    },
  );
}

async function javaImage(
  file: string,
  recipe: Omit<ImageRecipe, 'rootFolder'>,
  env: NodeJS.ProcessEnv,
  fill: (root: string) => Promise<void>,
): Promise<string> {
  const archive = imageArchive(file, env);
  if (existsSync(archive)) return archive;
  const root = mkdtempSync(path.join(tmpdir(), 'tapeline-image-'));
  try {
    await makeRoot(root);
    await linkJava(root, env);
    await fill(root);
    chmodSync(path.join(root, 'tmp'), 0o1777);
    await writeImage({ ...recipe, rootFolder: root }, archive);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return archive;
}

/** Puts a small Java into the root: the modules that both servers use, and this machine's libraries. */
async function linkJava(root: string, env: NodeJS.ProcessEnv): Promise<void> {
  await findJava(env);
  const jlink = findTool('jlink', env);
  if (jlink === undefined) {
    throw new TestbedError('JAVA_MISSING', 'images need jlink of Java 17: apt-get install openjdk-17-jdk-headless');
  }
  const home = path.join(root, 'opt', 'java');
  mkdirSync(path.dirname(home), { recursive: true });
  const small = ['--strip-java-debug-attributes', '--no-header-files', '--no-man-pages'];
  await run(jlink, ['--add-modules', javaModules.join(','), ...small, '--output', home], { timeout: linkTimeoutMs });
  await run(path.join(home, 'bin', 'java'), ['-Xshare:dump'], { timeout: linkTimeoutMs });
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' });
  const linked = files.filter((name) => name.startsWith(`bin${path.sep}`) || name.endsWith('.so'));
  const libraryPath = [path.join(home, 'lib'), path.join(home, 'lib', 'server')].join(':');
  await copyLibraries(
    root,
    linked.map((name) => path.join(home, name)),
    home,
    libraryPath,
  );
}

function variables(bin: string): Record<string, string> {
  return { PATH: `/opt/java/bin:${bin}:/bin`, JAVA_HOME: '/opt/java' };
}

/** Leaves out natives of other systems. The agent gets a name without its version, which its users have to write. */
function copyJars(jars: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const jar of readdirSync(jars)) {
    if (/-(osx|windows)-|-linux-(aarch_?64|riscv64)\.jar$/.test(jar)) continue;
    copyFileSync(path.join(jars, jar), path.join(target, jar.replace(/^jamm-.*\.jar$/, 'jamm.jar')));
  }
}

function copyPrograms(name: string, target: string): void {
  cpSync(path.join(programsFolder, name), target, { recursive: true });
  for (const program of readdirSync(target)) chmodSync(path.join(target, program), 0o755);
}

function writeInto(folder: string, name: string, text: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), text);
}
