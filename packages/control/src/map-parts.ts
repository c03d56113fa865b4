/**
 * Puts a map in parts together. In: parts in the order of the log, none of them void. Out: the bytes of a map, at the last of its
 * parts. A coordinator publishes a map after it has read the one before back, so one map is under way at most: of a later token or
 * epoch it takes the place of what never became whole. Law 7: `mapPartsMax` parts of `mapBytesMax` bytes are held at most.
 */
import { crc32c } from '@tapeline/domain';
import type { MapPart } from './control-codec.ts';

/** What a part came to. */
export type MapOfParts =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  /** All parts are there, and they are not those of one map. */
  | { readonly kind: 'damaged'; readonly message: string };

const waiting: MapOfParts = { kind: 'waiting' };

/** Gathers the parts of one map. */
export class MapParts {
  /** A part of the map that is under way. */
  #first: MapPart | undefined;
  #pieces: (Uint8Array | undefined)[] = [];
  #missing = 0;

  /** Takes the next part. */
  take(part: MapPart): MapOfParts {
    if (this.#first !== undefined && isBefore(part, this.#first)) return waiting;
    if (this.#first === undefined || !isOfOneMap(part, this.#first)) {
      this.#first = part;
      this.#pieces = Array.from({ length: part.parts }, () => undefined);
      this.#missing = part.parts;
    }
    if (this.#pieces[part.part] === undefined) this.#missing -= 1;
    this.#pieces[part.part] = part.piece;
    return this.#missing > 0 ? waiting : this.#whole(part);
  }

  #whole({ checksum, epoch }: MapPart): MapOfParts {
    const pieces = this.#pieces.filter((piece) => piece !== undefined);
    this.#first = undefined;
    this.#pieces = [];
    const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    if (crc32c(bytes) === checksum) return { kind: 'whole', bytes };
    const message = `the ${pieces.length} parts of the map of epoch ${epoch} do not have the checksum that they name`;
    return { kind: 'damaged', message };
  }
}

function isBefore(part: MapPart, other: MapPart): boolean {
  return part.token < other.token || (part.token === other.token && part.epoch < other.epoch);
}

function isOfOneMap(part: MapPart, other: MapPart): boolean {
  const { token, epoch, parts, checksum } = other;
  return part.token === token && part.epoch === epoch && part.parts === parts && part.checksum === checksum;
}
