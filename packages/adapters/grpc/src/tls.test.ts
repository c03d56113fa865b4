/**
 * The server with TLS. In: certificates that the test has made. Out: calls for those who trust it and show their own,
 * none for others.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probe, type ProbeWorld, probeWorld, refusalOf } from '../test-kit/probe-service.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), 'tapeline-tls-'));
let world: ProbeWorld | undefined;

/** A certificate that signs itself. */
function pair(name: string): { readonly certificate: Uint8Array; readonly key: Uint8Array } {
  const [key, certificate] = [path.join(folder, `${name}.key`), path.join(folder, `${name}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-keyout', key, '-out', certificate];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });
  return { certificate: readFileSync(certificate), key: readFileSync(key) };
}

beforeAll(async () => {
  if (!hasOpenssl) return;
  const [server, client] = [pair('localhost'), pair('client')];
  world = await probeWorld({ tls: { ...server, clientAuthorities: client.certificate } });
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

test.skipIf(!hasOpenssl)(
  'only who trusts the server and is known to it is served (needs openssl: install it)',
  async () => {
    if (world === undefined) throw new Error('no world');
    const authorities = readFileSync(path.join(folder, 'localhost.pem'));
    const identity = {
      certificate: readFileSync(path.join(folder, 'client.pem')),
      key: readFileSync(path.join(folder, 'client.key')),
    };
    const hello = { text: 'hello' };
    const call = (tls: Parameters<ProbeWorld['connect']>[0]): Promise<unknown> =>
      (world as ProbeWorld).connect(tls).unary(probe.methods.ask, probe.fullName, hello);
    expect(await call({ tls: { authorities, identity, serverName: 'localhost' } })).toEqual(hello);
    expect((await refusalOf(call({ tls: { authorities, serverName: 'localhost' } }))).status).toBe('UNAVAILABLE');
    expect((await refusalOf(call({ tls: { identity, serverName: 'localhost' } }))).status).toBe('UNAVAILABLE');
    expect((await refusalOf(call({}))).status).toBe('UNAVAILABLE');
  },
);
