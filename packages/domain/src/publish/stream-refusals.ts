/**
 * Refusals that more than one part of a stream gives. In: the field and the facts. Out: the error, whose message names
 * them and the remedy.
 */
import { batchTicksMax } from './publish-limits.ts';
import { PublishRefusedError, quoted } from './refusal.ts';

/** A message that says nothing. */
export function emptyMessage(field: string): PublishRefusedError {
  return new PublishRefusedError('BATCH_EMPTY', `${field} is empty; give 1 to ${batchTicksMax}`, { field, min: '1' });
}

/** A link that contradicts what the stream carried. */
export function brokenLink(
  field: string,
  symbol: string,
  link: number,
  { last }: { readonly last: number },
): PublishRefusedError {
  const message =
    `link ${link} of ${field} names another tick than ${last}, the last one of ${quoted(symbol)} that this stream carried; ` +
    'a link is the sequence of the tick before, rejected ones included';
  const facts = { field: 'link', value: String(link), expected: String(last), symbol };
  return new PublishRefusedError('LINK_BROKEN', message, facts);
}
