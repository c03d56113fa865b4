/**
 * Which tables a data directory has. In: nothing. Out: the versions that are written into its databases. They stand
 * apart from them because the main thread names them in messages and must not load SQLite.
 */

/**
 * Version of the tables of each database. An older one is brought up to it when it is opened; a newer one is refused, never guessed at.
 * `log` 2 has `control` and takes partitions that were added: a program that knows neither would go on where instruments do not live.
 */
export const layoutVersions = { log: 2, store: 1 } as const;
