/** The command as a person types it: what it starts stays, is listed, and is ended by `down`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brokerIds } from '@tapeline/testbed';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lackOfServers } from './real-servers.ts';

const main = fileURLToPath(new URL('../../testbed/src/main.ts', import.meta.url));
const lack = await lackOfServers();
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'testbed-command-'));
});

afterAll(async () => {
  await testbed(['down']);
  rmSync(folder, { recursive: true, force: true });
});

type Ending = { readonly code: number | null; readonly out: string; readonly err: string };

function testbed(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ending> {
  const node = ['--disable-warning=ExperimentalWarning', '--conditions=source', main];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, ...args, '--dir', folder], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (piece: Buffer) => out.push(piece));
    child.stderr.on('data', (piece: Buffer) => err.push(piece));
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
  });
}

test.skipIf(lack !== undefined)(
  'a broker behind a proxy is brought up, listed, disturbed and brought down (needs Java 17 and Maven: install them)',
  async () => {
    const up = await testbed(['up', 'kafka', '--proxy']);
    expect(up).toMatchObject({ code: 0, err: '' });
    const port = Number(/^KAFKA_BROKERS=127\.0\.0\.1:(\d+)$/m.exec(up.out)?.[1]);
    const at = { host: '127.0.0.1', port };
    expect(await brokerIds(at)).toEqual([1]);

    const status = await testbed(['status', 'kafka']);
    expect(status.out).toMatch(/^Kafka broker 1 {2}runs {2}pid \d+ {2}127\.0\.0\.1:\d+ {2}\S+server\.log$/m);
    expect((await testbed(['up', 'kafka'])).err).toContain("end it with 'down kafka'");

    expect((await testbed(['fault', 'kafka', '1', 'blackHole=both'])).out).toContain('"blackHole":"both"');
    await expect(brokerIds(at)).rejects.toThrow('gave no answer');
    await testbed(['fault', 'kafka', '1', 'heal']);
    expect(await brokerIds(at)).toEqual([1]);

    expect((await testbed(['down', 'kafka'])).out).toBe('ended 2 processes of kafka\n');
    await expect(brokerIds(at)).rejects.toThrow('ECONNREFUSED');
    expect((await testbed(['status', 'kafka'])).out).toBe(`no kafka is up in ${folder}\n`);
  },
);

test('without Java it is one line with the remedy, and nothing is left', async () => {
  const { code, err } = await testbed(['up', 'cassandra'], { PATH: '' });
  expect(code).toBe(1);
  expect(err).toMatch(/^testbed: needs Java 17, [^\n]*install Java 17[^\n]*\n$/);
  expect((await testbed(['status', 'cassandra'])).out).toBe(`no cassandra is up in ${folder}\n`);
});

test('without Maven and without jars it is one line with the remedy', async () => {
  const shell = await testbed(['up', 'kafka'], { PATH: '', JAVA_HOME: '', TAPELINE_CACHE: folder });
  expect(shell.err.split('\n')).toHaveLength(2);
  expect(shell.code).toBe(1);
});

test('without Go and without programs it is one line with the remedy', async () => {
  const up = await testbed(['up', 'kubernetes', '--api-only'], { PATH: '', TAPELINE_CACHE: folder });
  expect(up.code).toBe(1);
  expect(up.err).toMatch(/^testbed: needs Go, [^\n]*install Go 1\.26 or newer[^\n]*\n$/);
});

test('what is not understood is told with the usage', async () => {
  for (const [args, told] of [
    [[], 'a command is missing'],
    [['start', 'kafka'], "'start' is no command"],
    [['up', 'redis'], "'redis' is no server; it is kafka, cassandra or kubernetes"],
    [['up', 'kafka', '--brokers', '9'], "--brokers is '9'; it must be an integer from 1 to 5"],
    [['up', 'kafka', '--nodes', '3'], 'up kafka has no --nodes; it has --brokers, --heap, --port, --proxy'],
    [['up', 'kubernetes', '--nodes', '9'], "--nodes is '9'; it must be an integer from 1 to 8"],
    [['build', 'kafka'], 'only kubernetes is built, not kafka'],
    [['fault', 'kafka', '1', 'reset'], 'no kafka is up with --proxy'],
  ] as const) {
    const { code, err } = await testbed(args);
    expect(code).toBe(2);
    expect(err).toContain(`testbed: ${told}`);
    expect(err).toContain('usage: npm run testbed --');
  }
});
