/**
 * One numbered step of the tables. In: nothing. Out: its type. A step only adds, and once released its text never
 * changes: its checksum stands in every keyspace that has it.
 */

/** Statements that are run in order; each one may be run again. `{keyspace}` stands for the keyspace. */
export type Migration = { readonly id: number; readonly name: string; readonly statements: readonly string[] };
