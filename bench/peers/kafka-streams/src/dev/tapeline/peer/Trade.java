package dev.tapeline.peer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** One trade, 28 bytes in the log, big-endian: event time in ms, price in 1e-9, size, sequence (32 bits). */
record Trade(long eventMs, long price, long size, int sequence) {
  static final int BYTES = 28;

  static final Serde<Trade> SERDE =
      Serdes.serdeFrom((topic, trade) -> trade == null ? null : trade.bytes(), (topic, bytes) -> bytes == null ? null : of(bytes));

  static Trade of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Trade(in.getLong(0), in.getLong(8), in.getLong(16), in.getInt(24));
  }

  byte[] bytes() {
    return ByteBuffer.allocate(BYTES).putLong(eventMs).putLong(price).putLong(size).putInt(sequence).array();
  }
}
