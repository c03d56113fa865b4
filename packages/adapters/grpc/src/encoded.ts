/**
 * A response as bytes. In: a message, once. Out: what goes to any number of readers without being encoded again; a type
 * of its own, so that bytes of something else do not compile in its place.
 */

/** The bytes of a `Message`, encoded once for many readers. They must not change afterwards. */
export class Encoded<Message> {
  readonly bytes: Uint8Array;
  /** Never there: it keeps the bytes of one message from being taken for those of another. */
  declare readonly message?: Message;

  /** Throws what the codec throws. */
  constructor(codec: { encode(message: Message): { finish(): Uint8Array } }, message: Message) {
    this.bytes = codec.encode(message).finish();
  }
}
