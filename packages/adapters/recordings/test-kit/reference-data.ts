/**
 * Where the reference recordings are. In: the environment variable TAPELINE_SHARED, or the folder `shared` beside the
 * repository. Out: its path, and whether it is there. A test without them is skipped and says in its name what it needs.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const repositoryRoot = fileURLToPath(new URL('../../../../', import.meta.url));

/** The folder of the reference recordings. */
export const referenceData: string = `${process.env['TAPELINE_SHARED'] ?? `${repositoryRoot}../shared`}/data`;

/** Whether the reference recordings are missing. */
export const isReferenceDataMissing: boolean = !existsSync(referenceData);
