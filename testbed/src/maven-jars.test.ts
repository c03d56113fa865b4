/** Jars are fetched once, appear whole or not at all, and a tool that is missing is told with its remedy. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findJava, findMaven } from './java-tools.ts';
import { cacheFolder, mavenJars } from './maven-jars.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'jars-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An environment whose PATH has only this program besides the system's own shell. */
function withProgram(name: string, script: string): NodeJS.ProcessEnv {
  const programs = path.join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  writeFileSync(path.join(programs, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(path.join(programs, name), 0o755);
  return { PATH: programs, TAPELINE_CACHE: path.join(folder, 'cache') };
}

/** Writes one jar to where Maven was told to, and counts its calls. */
const fakeMaven = `for a in "$@"; do case "$a" in -DoutputDirectory=*) out="\${a#*=}";; esac; done
mkdir -p "$out"; echo jar > "$out/one.jar"; echo call >> "$(dirname "$0")/calls"`;

test('two who fetch at once get the same folder, whole, and a third fetches nothing', async () => {
  const env = withProgram('mvn', fakeMaven);
  const folders = await Promise.all([mavenJars('x', ['a:b:1'], env), mavenJars('x', ['a:b:1'], env)]);
  expect(folders[0]).toBe(folders[1]);
  expect(readdirSync(folders[0])).toEqual(['one.jar']);
  expect(await mavenJars('x', ['a:b:1'], { ...env, PATH: '' })).toBe(folders[0]);
  expect(readdirSync(path.dirname(folders[0]))).toEqual([path.basename(folders[0])]);
});

test('another version has a folder of its own', async () => {
  const env = withProgram('mvn', fakeMaven);
  expect(await mavenJars('x', ['a:b:1'], env)).not.toBe(await mavenJars('x', ['a:b:2'], env));
});

test('a fetch that fails leaves nothing behind and says what Maven said', async () => {
  const env = withProgram('mvn', "echo '[ERROR] no route to the repository'; exit 1");
  await expect(mavenJars('x', ['a:b:1'], env)).rejects.toMatchObject({
    code: 'JARS_FAILED',
    message: expect.stringMatching(/a:b:1.*no route to the repository/) as string,
  });
  expect(readdirSync(path.join(folder, 'cache', 'testbed', 'jars'))).toEqual([]);
});

test('a missing Maven or Java is told with what to install', async () => {
  expect(() => findMaven({ PATH: '' })).toThrow(/needs Maven.*apt-get install maven/);
  await expect(findJava({ PATH: '' })).rejects.toThrow(/needs Java 17.*apt-get install openjdk-17/);
});

test('a Java of another version is told', async () => {
  const env = withProgram('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
  await expect(findJava(env)).rejects.toThrow(/is Java 11: install Java 17/);
});

test('JAVA_HOME goes before PATH', async () => {
  const env = withProgram('java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
  mkdirSync(path.join(folder, 'home', 'bin'), { recursive: true });
  const java = path.join(folder, 'home', 'bin', 'java');
  writeFileSync(java, `#!/bin/sh\necho 'openjdk version "17.0.1" 2021-10-19' >&2\n`);
  chmodSync(java, 0o755);
  expect(await findJava({ ...env, JAVA_HOME: path.join(folder, 'home') })).toBe(java);
});

test('the cache lies where TAPELINE_CACHE says, else in XDG_CACHE_HOME', () => {
  expect(cacheFolder({ TAPELINE_CACHE: folder, XDG_CACHE_HOME: '/elsewhere' })).toBe(folder);
  expect(cacheFolder({ XDG_CACHE_HOME: folder })).toBe(path.join(folder, 'tapeline'));
});
