/**
 * The steps of a run and how long each took. In: a name and work. Out: the work's result; the times, printed as they come and
 * as a table at the end.
 */

/** Steps of one file. */
export class Steps {
  readonly #title: string;
  readonly #rows: { readonly name: string; readonly seconds: number; readonly facts: string }[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  /** Does it; what `factsOf` says of the result stands beside the time. */
  async take<Result>(name: string, work: () => Promise<Result>, factsOf = (_: Result): string => ''): Promise<Result> {
    const startMs = performance.now();
    const result = await work();
    const row = { name, seconds: (performance.now() - startMs) / 1_000, facts: factsOf(result) };
    this.#rows.push(row);
    console.log(`${this.#title}: ${lineOf(row)}`);
    return result;
  }

  /** Prints all of them. */
  print(): void {
    console.log([this.#title, ...this.#rows.map((row) => `  ${lineOf(row)}`)].join('\n'));
  }
}

function lineOf({ name, seconds, facts }: { name: string; seconds: number; facts: string }): string {
  return `${seconds.toFixed(1).padStart(7)} s  ${name}${facts === '' ? '' : `: ${facts}`}`;
}
