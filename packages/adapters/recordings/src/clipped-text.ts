/**
 * Text of a file as a message shows it. In: any text. Out: at most 40 characters in quotes, everything unprintable
 * escaped, so that a message stays one line whatever the file holds.
 */

const shownMax = 40;

/** The text in double quotes; a longer one is cut and its length said. */
export function clipped(text: string): string {
  const shown = JSON.stringify(text.slice(0, shownMax));
  return text.length <= shownMax ? shown : `${shown.slice(0, -1)}…" (${text.length} characters)`;
}
