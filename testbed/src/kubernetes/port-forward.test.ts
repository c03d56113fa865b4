/** A port that is kept open leads to a pod that is there, under one address, until it is closed. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../free-ports.ts';
import { PortForward } from './port-forward.ts';

let folder = '';

/** Answers with the pod's name; the connection that says `gone` ends it, as kubectl ends with its pod. */
const kubectl = `#!${process.execPath}
const [, , verb, , namespace, , host, pod, ports] = process.argv;
if (pod === 'pod/broken') { console.error('error: no such pod'); process.exit(1); }
const port = Number(ports.split(':')[0]);
require('node:net').createServer((socket) => {
  socket.on('data', (piece) => (String(piece) === 'gone' ? process.exit(1) : socket.end([verb, namespace, pod, ports.split(':')[1]].join(' '))));
}).listen(port, host, () => console.log('Forwarding from ' + host + ':' + port));
`;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'forward-'));
  writeFileSync(path.join(folder, 'kubectl'), kubectl);
  chmodSync(path.join(folder, 'kubectl'), 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tool(): { readonly file: string; readonly env: NodeJS.ProcessEnv } {
  return { file: path.join(folder, 'kubectl'), env: process.env };
}

/** What is answered to it; undefined if the connection is refused or lost. */
function ask(address: string, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece) => (said += String(piece)));
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(said === '' ? undefined : said));
  });
}

test('when its pod goes another takes its place, at the same address, also if there is none for a while', async () => {
  const pods: (string | undefined)[] = ['one', undefined, 'broken', 'two'];
  const wish = { namespace: 'market', pod: async () => Promise.resolve(pods.shift()), port: 50_051 };
  const forward = await PortForward.open(tool(), wish);
  const address = forward?.address ?? '';
  expect(await ask(address, 'who')).toBe('port-forward market pod/one 50051');
  await ask(address, 'gone');
  await expect.poll(async () => ask(address, 'who'), { timeout: 10_000 }).toBe('port-forward market pod/two 50051');
  await forward?.close();
  expect(await ask(address, 'who')).toBeUndefined();
  await sleep(1_000);
  expect(await ask(address, 'who')).toBeUndefined();
  await forward?.close();
});

test('there is none without a pod, and what kubectl refuses is told', async () => {
  const wish = { namespace: 'market', port: 1 };
  expect(await PortForward.open(tool(), { ...wish, pod: async () => Promise.resolve(undefined) })).toBeUndefined();
  await expect(PortForward.open(tool(), { ...wish, pod: async () => Promise.resolve('broken') })).rejects.toMatchObject(
    { code: 'TOOL_FAILED', message: expect.stringContaining('no such pod') as string },
  );
});

test('a port that another has is refused by name', async () => {
  const [localPort = 0] = await freePorts(1);
  const server = createServer().listen(localPort, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const wish = { namespace: 'market', pod: async () => Promise.resolve('one'), port: 9_092, localPort };
  await expect(PortForward.open(tool(), wish)).rejects.toMatchObject({
    code: 'BAD_OPTION',
    message: expect.stringContaining(`port ${localPort}`) as string,
  });
  server.close();
});
