/**
 * The Java and Maven of this machine. In: an environment. Out: the paths of `java` and `mvn`, or an error that says what
 * to install. Nothing is run but `java -version`.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { findIn, findTool } from './find-tool.ts';
import { TestbedError } from './testbed-error.ts';

const run = promisify(execFile);
const javaMajorMin = 17;
/** Both servers set a security manager or read internals that a later Java took away. */
const javaMajorMax = 17;
const javaTimeoutMs = 20_000;

const javaRemedy =
  'install Java 17 (Debian: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17) and put it into PATH or JAVA_HOME';
const mavenRemedy = 'install Maven (Debian: apt-get install maven; macOS: brew install maven) and put mvn into PATH';

/** The `java` of JAVA_HOME, else of PATH, once its version is known to fit. Rejects with JAVA_MISSING. */
export async function findJava(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const home = env['JAVA_HOME'];
  const java =
    findIn(home === undefined || home === '' ? [] : [path.join(home, 'bin')], 'java') ?? findTool('java', env);
  if (java === undefined) throw new TestbedError('JAVA_MISSING', `needs Java 17, and there is no java: ${javaRemedy}`);
  const major = await javaMajor(java);
  if (major === undefined) throw new TestbedError('JAVA_MISSING', `${java} tells no version: ${javaRemedy}`);
  if (major < javaMajorMin || major > javaMajorMax) {
    throw new TestbedError('JAVA_MISSING', `needs Java 17, and ${java} is Java ${major}: ${javaRemedy}`);
  }
  return java;
}

/** The `mvn` of PATH. Throws MAVEN_MISSING. */
export function findMaven(env: NodeJS.ProcessEnv = process.env): string {
  const maven = findTool('mvn', env);
  if (maven === undefined) throw new TestbedError('MAVEN_MISSING', `needs Maven, and there is no mvn: ${mavenRemedy}`);
  return maven;
}

async function javaMajor(java: string): Promise<number | undefined> {
  try {
    const { stdout, stderr } = await run(java, ['-version'], { timeout: javaTimeoutMs });
    const found = /version "(?:1\.)?(\d+)/.exec(stdout + stderr)?.[1];
    return found === undefined ? undefined : Number(found);
  } catch (error) {
    throw new TestbedError('JAVA_MISSING', `${java} does not run: ${javaRemedy}`, { cause: error });
  }
}
