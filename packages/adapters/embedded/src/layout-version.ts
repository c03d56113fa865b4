/**
 * Which tables a data directory has. In: nothing. Out: the version that is written into both databases. It stands
 * apart from them because the main thread names it in messages and must not load SQLite.
 */

/** Version of the tables of both databases; another one is refused, never guessed at. */
export const layoutVersion = 1;
