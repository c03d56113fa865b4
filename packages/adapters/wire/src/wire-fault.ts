/**
 * What can be wrong with a message that follows the contract's types and not its words. In: the facts. Out: a value
 * with a code for programs and a sentence for people. A message is refused at its first fault.
 */

/** Why a message cannot be read; `field` is its name in the contract. */
export type WireFault =
  /** A message or text that is required is absent. */
  | { readonly code: 'FIELD_MISSING'; readonly field: string; readonly message: string }
  /** A number, or the length of a text, outside `min` to `max`, both inclusive. */
  | {
      readonly code: 'FIELD_OUT_OF_RANGE';
      readonly field: string;
      readonly value: string;
      readonly min: string;
      readonly max: string;
      readonly message: string;
    }
  /** A value that is not of the form that the contract asks for; `expected` says which. */
  | {
      readonly code: 'FIELD_MALFORMED';
      readonly field: string;
      readonly value: string;
      readonly expected: string;
      readonly message: string;
    }
  /** A number that names nothing in this version of the contract, or the zero value where one must be named. */
  | { readonly code: 'ENUM_UNKNOWN'; readonly field: string; readonly value: number; readonly message: string };

/** Whether a conversion answered a fault. */
export function isWireFault(answer: object): answer is WireFault {
  return 'code' in answer && 'field' in answer && 'message' in answer;
}

/** A required field that is absent. */
export function fieldMissing(field: string): WireFault {
  return { code: 'FIELD_MISSING', field, message: `${field} is missing; the sender has to set it` };
}

/** A value outside its range. */
export function fieldOutOfRange(
  field: string,
  value: bigint | number,
  min: bigint | number,
  max: bigint | number,
): WireFault {
  const message = `${field} is ${value}; it has to be from ${min} to ${max}`;
  return { code: 'FIELD_OUT_OF_RANGE', field, value: `${value}`, min: `${min}`, max: `${max}`, message };
}

/** A value of another form than the contract asks for; a long one is shortened in the sentence only. */
export function fieldMalformed(field: string, value: string, expected: string): WireFault {
  const shown = value.length > 80 ? `${value.slice(0, 80)}…` : value;
  return {
    code: 'FIELD_MALFORMED',
    field,
    value,
    expected,
    message: `${field} is "${shown}"; it has to be ${expected}`,
  };
}

/** An enum number without a meaning here. */
export function enumUnknown(field: string, value: number): WireFault {
  const message = `${field} has the value ${value}, which names nothing that this version knows; update the reader`;
  return { code: 'ENUM_UNKNOWN', field, value, message };
}
