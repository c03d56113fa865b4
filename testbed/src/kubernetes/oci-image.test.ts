/** An archive says the same of itself everywhere: digests are those of the bytes, and the same folder gives the same ones. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeImage } from './oci-image.ts';

let folder = '';
let root = '';

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'oci-image-'));
  root = path.join(folder, 'root');
  mkdirSync(path.join(root, 'bin'), { recursive: true });
  writeFileSync(path.join(root, 'bin', 'program'), 'a program', { mode: 0o755 });
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Descriptor = { digest: string; size: number };

function unpack(archive: string): {
  json: <Value>(blob: Descriptor) => Value;
  index: { manifests: Descriptor[] };
  at: string;
} {
  const at = mkdtempSync(path.join(folder, 'unpacked-'));
  execFileSync('tar', ['-C', at, '-xf', archive]);
  const json = <Value>({ digest, size }: Descriptor): Value => {
    const bytes = readFileSync(path.join(at, 'blobs', ...digest.split(':')));
    expect(bytes.length).toBe(size);
    expect(`sha256:${createHash('sha256').update(bytes).digest('hex')}`).toBe(digest);
    return JSON.parse(bytes.toString()) as Value;
  };
  return {
    at,
    json,
    index: JSON.parse(readFileSync(path.join(at, 'index.json'), 'utf8')) as { manifests: Descriptor[] },
  };
}

test('what is run and as whom is in the image, with the files of the folder, which belong to root', async () => {
  const archive = path.join(folder, 'image.tar');
  await writeImage(
    {
      name: 'localhost/a:v1',
      rootFolder: root,
      entrypoint: ['/bin/program'],
      user: '1000:1000',
      environment: { A: 'b' },
    },
    archive,
  );
  const { at, json, index } = unpack(archive);
  const [first] = index.manifests;
  if (first === undefined) throw new Error('the index names no manifest');
  expect(first).toMatchObject({ annotations: { 'io.containerd.image.name': 'localhost/a:v1' } });
  const manifest = json<{ config: Descriptor; layers: Descriptor[] }>(first);
  const [layer] = manifest.layers;
  expect(json(manifest.config)).toMatchObject({
    os: 'linux',
    config: { Entrypoint: ['/bin/program'], User: '1000:1000', Env: [expect.stringMatching(/^PATH=/), 'A=b'] },
    rootfs: { diff_ids: [layer?.digest] },
  });
  const listed = execFileSync('tar', ['-tvf', path.join(at, 'blobs', ...(layer?.digest ?? '').split(':'))]).toString();
  expect(listed).toMatch(/^-rwxr-xr-x 0\/0 +9 .* \.\/bin\/program$/m);
});

test('the same folder gives the same digests', async () => {
  const digests: (string | undefined)[] = [];
  for (const name of ['one.tar', 'two.tar']) {
    await writeImage({ name: 'localhost/a:v1', rootFolder: root }, path.join(folder, name));
    digests.push(unpack(path.join(folder, name)).index.manifests[0]?.digest);
  }
  expect(digests[0]).toBe(digests[1]);
});
