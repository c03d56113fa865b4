/**
 * What a stream was made with: over how many partitions it spreads its instruments, and which topics are its log. In: what
 * somebody found. Out: what the first one who entered it found. Laws 1 and 4: an instrument stays where it is, and another
 * topic under the same name is another log.
 */
import { StoreError } from '@tapeline/domain';
import type { PatientReads } from './patient-reads.ts';
import type { Row, Session } from './session.ts';

/** A stream as it was made. */
export type StreamRow = {
  /** 1 or more. */
  readonly basePartitions: number;
  /** What tells each topic from any other of its name, by topic; one that is not named was never entered. */
  readonly topicIds: ReadonlyMap<string, string>;
};

const findAll = 'SELECT stream FROM {keyspace}.streams';
const find = 'SELECT base_partitions, topic_ids FROM {keyspace}.streams WHERE stream = ?';
const addId = `UPDATE {keyspace}.streams SET topic_ids[?] = ? WHERE stream = ?
  IF base_partitions = ? AND topic_ids[?] = null`;
const conditional = { kind: 'conditional' } as const;

/** The rows of streams in one keyspace. */
export class StreamRows {
  readonly #session: Session;
  readonly #reads: PatientReads;
  readonly #stream: string;

  constructor(session: Session, reads: PatientReads, stream: string) {
    this.#session = session;
    this.#reads = reads;
    this.#stream = stream;
  }

  /**
   * The stream as it was made; `undefined` = it is new. Rejects with STORE_UNFIT where the keyspace holds another stream: bars
   * have no stream in their keys, so two would mix in one row.
   */
  async find(): Promise<StreamRow | undefined> {
    const [stream, { keyspace }] = [this.#stream, this.#session];
    const rows = await this.#reads.rows('reading the streams', findAll, []);
    const other = rows.find((row) => row['stream'] !== stream);
    if (other !== undefined) {
      throw new StoreError(
        'STORE_UNFIT',
        `keyspace ${keyspace} holds stream ${String(other['stream'])}; give stream ${stream} a keyspace of its own`,
      );
    }
    // Settled, so that whoever died between its entry and the answer to it has entered it or never will.
    const [row] = await this.#reads.rows('reading the stream', find, [stream], { kind: 'settled' });
    return row === undefined ? undefined : streamRowOf(row);
  }

  /** Enters a new stream; answers what holds from now on, which is what the first one entered. Rejects as `find` does. */
  async enter(made: StreamRow): Promise<StreamRow> {
    const ids = [...made.topicIds];
    const decide = `UPDATE {keyspace}.streams SET base_partitions = ?${', topic_ids[?] = ?'.repeat(ids.length)}
      WHERE stream = ? IF base_partitions = null AND topic_ids = null`;
    const values = [made.basePartitions, ...ids.flat(), this.#stream];
    // A lost answer may have been a yes, which the next try is told.
    const holds = await this.#reads.run('entering the stream', async () => {
      const [row] = await this.#session.execute(decide, values, conditional);
      return row === undefined || row['[applied]'] === true ? made : streamRowOf(row);
    });
    // Another stream may have been entered at the same time: the later of both sees the other.
    await this.find();
    return holds;
  }

  /** Enters topics that a known stream does not name; answers what holds from now on, each as the first one entered it. */
  async addTopics(known: StreamRow, added: ReadonlyMap<string, string>): Promise<StreamRow> {
    const topicIds = new Map(known.topicIds);
    for (const [topic, id] of added) {
      const values = [topic, id, this.#stream, known.basePartitions, topic];
      const [row] = await this.#reads.run('entering a topic', async () =>
        this.#session.execute(addId, values, conditional),
      );
      const isEntered = row === undefined || row['[applied]'] === true;
      const first = isEntered ? id : streamRowOf(row).topicIds.get(topic);
      if (first !== undefined) topicIds.set(topic, first);
    }
    return { ...known, topicIds };
  }
}

function streamRowOf(row: Row): StreamRow {
  const ids = row['topic_ids'] as Readonly<Record<string, string>> | null | undefined;
  return { basePartitions: row['base_partitions'] as number, topicIds: new Map(Object.entries(ids ?? {})) };
}
