/**
 * Server-sent events out of pieces of text. In: the stream as it arrives, cut anywhere. Out: whole events with name, data
 * and id, as the HTML standard reads them. Law 7: an event of more than 8 MiB is refused.
 */

/** One event; `id` is undefined where the server sent none with it. */
export type ServerEvent = { readonly name: string; readonly data: string; readonly id: string | undefined };

/** Characters of one event at most. */
export const eventCharsMax: number = 8 * 2 ** 20;

/** Reads one stream from its beginning to its end. */
export class EventParser {
  #rest = '';
  #name = '';
  #data: string[] = [];
  #dataChars = 0;
  #id: string | undefined;

  /** The events that a piece completes. `RangeError` for one that is too long: the stream cannot go on. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    const all = this.#rest + text;
    let from = 0;
    for (let at = 0; at < all.length; at += 1) {
      const char = all[at];
      if (char !== '\n' && char !== '\r') continue;
      // A carriage return at the very end may be the first half of a line end.
      if (char === '\r' && at + 1 === all.length) break;
      const event = this.#line(all.slice(from, at));
      if (event !== undefined) events.push(event);
      if (char === '\r' && all[at + 1] === '\n') at += 1;
      from = at + 1;
    }
    this.#rest = all.slice(from);
    if (this.#rest.length + this.#dataChars > eventCharsMax) {
      throw new RangeError(`an event of the stream has more than ${eventCharsMax} characters`);
    }
    return events;
  }

  #line(line: string): ServerEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') this.#name = value;
    else if (field === 'data') {
      this.#data.push(value);
      this.#dataChars += value.length;
    } else if (field === 'id' && !value.includes('\0')) this.#id = value;
    return undefined;
  }

  #dispatch(): ServerEvent | undefined {
    const [name, data, id] = [this.#name, this.#data, this.#id];
    this.#name = '';
    this.#data = [];
    this.#dataChars = 0;
    this.#id = undefined;
    return data.length === 0 ? undefined : { name: name === '' ? 'message' : name, data: data.join('\n'), id };
  }
}
