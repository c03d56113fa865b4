/**
 * A log line for a person. In: one line of JSON as the logger makes it. Out: `12:00:01.123 WARN message key=value`, the
 * time in UTC. Control characters in what came from outside are escaped: they cannot forge a line or move the cursor.
 */

/** The short form of one line; `line` is what the logger wrote. */
export function textLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  // Whoever reads at a terminal knows which process it is.
  delete fields['name'];
  const words = [String(time).slice(11, 23), String(level).toUpperCase().padEnd(5), printable(String(msg))];
  for (const [key, value] of Object.entries(fields)) words.push(`${printable(key)}=${valueText(value)}`);
  return `${words.join(' ')}\n`;
}

function valueText(value: unknown): string {
  if (isErrorField(value))
    return `${quotedIfNeeded(value.message)}${value.at === '' ? '' : ` ${quotedIfNeeded(value.at)}`}`;
  return typeof value === 'string' ? quotedIfNeeded(value) : printable(JSON.stringify(value));
}

function isErrorField(value: unknown): value is { readonly message: string; readonly at: string } {
  return typeof value === 'object' && value !== null && 'message' in value && 'at' in value;
}

function quotedIfNeeded(text: string): string {
  return /^[^\s"=\p{C}]+$/u.test(text) ? text : printable(JSON.stringify(text));
}

function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
