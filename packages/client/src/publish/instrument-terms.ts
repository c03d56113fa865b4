/**
 * What a publisher's instruments mean. In: declarations. Out: the terms of each symbol; one that was not declared has
 * prices in units of 10^-9, whole sizes and no closing hours, as the contract says of instruments that nobody knows.
 */
import type { InstrumentTerms } from '@tapeline/domain';
import { instrumentsMax } from './link-book.ts';
import { TickInvalidError } from './publisher-errors.ts';
import type { InstrumentDeclaration } from './publish-tick.ts';
import { unitsOf } from './read-tick.ts';

const termsDefault: InstrumentTerms = {
  priceExponent: -9,
  sizeExponent: 0,
  calendar: '24/7',
  currency: '',
  tickSize: 0,
};

/** Terms by symbol. */
export class InstrumentTermsBook {
  readonly #terms = new Map<string, InstrumentTerms>();

  /** Takes a declaration. Throws `TickInvalidError` for a bad one, or one that contradicts an earlier one. */
  declare(declaration: InstrumentDeclaration): void {
    const { symbol, priceExponent = -9, sizeExponent = 0, calendar = '24/7', currency = '' } = declaration;
    for (const [field, value] of Object.entries({ priceExponent, sizeExponent })) {
      if (Number.isInteger(value) && value >= -18 && value <= 0) continue;
      throw invalid(symbol, `${field} ${value} is no integer from -18 to 0`, { field, value: String(value) });
    }
    const tickSize =
      declaration.tickSize === undefined ? 0 : unitsOf(declaration.tickSize, 'PRICE', 'tickSize', priceExponent, 0);
    const terms = { priceExponent, sizeExponent, calendar, currency, tickSize };
    const known = this.#terms.get(symbol);
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(terms)) {
      throw invalid(symbol, 'was declared with other terms before; terms never change', { field: 'instruments' });
    }
    if (known === undefined && this.#terms.size >= instrumentsMax) {
      throw invalid(symbol, `is one too many; at most ${instrumentsMax} can be declared`, { field: 'instruments' });
    }
    this.#terms.set(symbol, terms);
  }

  /** The terms of a symbol. */
  of(symbol: string): InstrumentTerms {
    return this.#terms.get(symbol) ?? termsDefault;
  }
}

function invalid(symbol: string, problem: string, facts: Record<string, string>): TickInvalidError {
  return new TickInvalidError('FIELD_INVALID', `instrument ${JSON.stringify(symbol)}: ${problem}`, {
    ...facts,
    symbol,
  });
}
