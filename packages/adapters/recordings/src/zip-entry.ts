/**
 * The one file inside a zip. In: a zip's path. Out: the entry's name and its bytes, checked against the zip's checksum,
 * or why there is none. The only importer of yauzl, which reads the zip's directory at its end; a zip that was cut off
 * has lost it and goes to zip-salvage.ts.
 */
import { crc32 } from 'node:zlib';
import { openPromise } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { clipped } from './clipped-text.ts';
import { recordingProblem } from './recording-problem.ts';
import type { RecordingProblem } from './recording-problem.ts';
import { RecordingSourceError, chunksOf, sourceErrorOf } from './recording-source.ts';
import type { ZipEntry } from './recording-source.ts';
import { salvagedEntry } from './zip-salvage.ts';

/** Finds the one file inside a zip. */
export async function zipEntryOf(path: string): Promise<ZipEntry | RecordingProblem> {
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { autoClose: false });
  } catch (error) {
    // yauzl names the reason in words alone; a zip that begins like one and has lost its end is read as far as it goes.
    const reason = error instanceof Error ? error.message : String(error);
    return (await salvagedEntry(path)) ?? malformed(path, reason);
  }
  try {
    return await onlyEntry(path, zip);
  } catch (error) {
    return malformed(path, error instanceof Error ? error.message : String(error));
  } finally {
    zip.close();
  }
}

function malformed(path: string, reason: string): RecordingProblem {
  const says = `is no zip that can be read (${reason}); get the file again from where it came from`;
  return recordingProblem('ZIP_MALFORMED', path, says, { value: reason });
}

async function onlyEntry(path: string, zip: ZipFile): Promise<ZipEntry | RecordingProblem> {
  let found: Entry | undefined;
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue;
    if (found !== undefined) {
      const names = `${clipped(found.fileName)} and ${clipped(entry.fileName)}`;
      const says = `holds several files, among them ${names}; a recording's zip holds one, so unpack it and zip each alone`;
      return recordingProblem('ZIP_WITH_SEVERAL_ENTRIES', path, says, { value: entry.fileName });
    }
    found = entry;
  }
  if (found === undefined) {
    return recordingProblem('ZIP_WITHOUT_RECORDING', path, "holds no file; a recording's zip holds one CSV file");
  }
  return readableEntry(path, found);
}

function readableEntry(path: string, entry: Entry): ZipEntry | RecordingProblem {
  const value = entry.fileName;
  if (entry.isEncrypted()) {
    const says = `${clipped(value)} in it is encrypted; unpack it with its password and zip it without one`;
    return recordingProblem('ZIP_ENCRYPTED', path, says, { value });
  }
  if (!entry.canDecodeFileData()) {
    const method = entry.compressionMethod;
    const says = `${clipped(value)} in it is packed by method ${method}; only 0 (stored) and 8 (deflate) are read, so zip it again`;
    return recordingProblem('ZIP_METHOD_UNKNOWN', path, says, { value: String(method) });
  }
  if (entry.uncompressedSize === 0) {
    return recordingProblem('RECORDING_EMPTY', path, `${clipped(value)} in it is empty (0 bytes); get the file again`, {
      value,
    });
  }
  return { name: value, source: () => entryBytes(path, entry) };
}

async function* entryBytes(path: string, entry: Entry): AsyncGenerator<Buffer, void, void> {
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw sourceErrorOf(error);
  });
  try {
    // yauzl checks the length and leaves the checksum to its user.
    let checksum = 0;
    for await (const chunk of await openEntry(zip, entry)) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
    if (checksum !== entry.crc32) throw new RecordingSourceError('RECORDING_CORRUPT', 'the checksum is wrong');
  } finally {
    zip.close();
  }
}

async function openEntry(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Buffer>> {
  try {
    return chunksOf(await zip.openReadStreamPromise(entry));
  } catch (error) {
    throw new RecordingSourceError('RECORDING_CORRUPT', error instanceof Error ? error.message : String(error), {
      cause: error,
    });
  }
}
