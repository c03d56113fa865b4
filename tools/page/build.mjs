// @ts-check
/**
 * Builds the page into web/dist. In: the sources, and the versions of what builds them. Out: files that any web server can
 * serve; nothing is done if web/dist was built from just these. The new folder takes the old one's place as a whole, so
 * that a server never sees half of it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../web/', import.meta.url));
const target = path.join(folder, 'dist');
const stamp = path.join(target, '.built');
const sources = ['index.html', 'package.json', 'public', 'src'];

const digest = digestOfSources();
if (!isBuilt()) await buildPage();

/** Whether the folder was built from just these sources. */
function isBuilt() {
  return existsSync(path.join(target, 'index.html')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest;
}

/** Everything that the result depends on, in 64 characters. */
function digestOfSources() {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesUnder).toSorted()) {
    const bytes = readFileSync(path.join(folder, file));
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  const require = createRequire(import.meta.url);
  for (const name of ['vite', 'lightweight-charts']) {
    const { version } = JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8'));
    hash.update(`${name} ${version}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} name of a file or folder of this one
 * @returns {string[]} the files, tests left out
 */
function filesUnder(name) {
  if (!name.includes('.')) {
    const inside = readdirSync(path.join(folder, name), { recursive: true, withFileTypes: true });
    return inside
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  }
  return [name];
}

async function buildPage() {
  const { build } = await import('vite');
  // In the cache folder, which is on the same disk, so that the last step is a rename.
  const fresh = path.join(folder, '../.cache', `page-${process.pid}`);
  mkdirSync(path.dirname(fresh), { recursive: true });
  try {
    await build({
      configFile: false,
      root: folder,
      logLevel: 'warn',
      build: {
        outDir: fresh,
        emptyOutDir: true,
        target: 'es2023',
        // The content security policy of the server takes files of its own only, no data in addresses.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
      },
    });
    writeFileSync(path.join(fresh, '.built'), digest);
    replaceBy(fresh);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Puts a built folder in the place of the old one; two processes may do so at once.
 * @param {string} fresh
 */
function replaceBy(fresh) {
  const old = `${fresh}-old`;
  try {
    if (existsSync(target)) renameSync(target, old);
    renameSync(fresh, target);
  } catch (error) {
    // The other process was first, with the same sources: what it built is what this one built.
    if (!isBuilt()) throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}
