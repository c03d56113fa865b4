/**
 * Addresses as people write them. In: `host:port`, a host of version 6 in brackets. Out: the same text checked, so that a
 * slip is told at once and not as a server that does not answer.
 */
import { listOption, type ListFacts, type Option, type OptionReading } from '@tapeline/runtime';

const portMax = 65_535;

/** What is wrong with an address; undefined = nothing. */
export function hostPortProblem(text: string): string | undefined {
  const [, host, port] = /^(\[[\da-fA-F:.%]+\]|[^\s:/[\]]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || port === undefined) return `${JSON.stringify(text)} is not HOST:PORT; write it so`;
  const number = Number(port);
  if (number >= 1 && number <= portMax) return undefined;
  return `the port of ${JSON.stringify(text)} is not 1 to ${portMax}; correct it`;
}

/** A list of addresses. */
export function hostPortsOption(facts: Omit<ListFacts, 'itemsMax' | 'itemCharsMax'>): Option<readonly string[]> {
  const list = listOption({ placeholder: 'HOST:PORT,…', ...facts, itemsMax: 64, itemCharsMax: 300 });
  return { ...list, read: (text) => checked(list.read(text)) };
}

function checked(reading: OptionReading<readonly string[]>): OptionReading<readonly string[]> {
  if ('problem' in reading) return reading;
  const problem = reading.value.map(hostPortProblem).find((each) => each !== undefined);
  return problem === undefined ? reading : { problem: `has an item that cannot be: ${problem}` };
}
