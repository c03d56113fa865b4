package dev.tapeline.peer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/**
 * One bar of a second, 56 bytes in store and log. The sum of price times size is a double: exact sums would cost this
 * peer more. VWAP is notional / volume, for whoever reads the bar.
 */
final class Bar {
  static final Serde<Bar> SERDE =
      Serdes.serdeFrom((topic, bar) -> bar == null ? null : bar.bytes(), (topic, bytes) -> bytes == null ? null : of(bytes));

  long open;
  long high;
  long low;
  long close;
  long volume;
  double notional;
  long trades;

  Bar with(Trade trade) {
    long price = trade.price();
    if (trades == 0) {
      open = price;
      high = price;
      low = price;
    }
    if (price > high) high = price;
    if (price < low) low = price;
    close = price;
    volume += trade.size();
    notional += (double) price * trade.size();
    trades += 1;
    return this;
  }

  static Bar of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    Bar bar = new Bar();
    bar.open = in.getLong();
    bar.high = in.getLong();
    bar.low = in.getLong();
    bar.close = in.getLong();
    bar.volume = in.getLong();
    bar.notional = in.getDouble();
    bar.trades = in.getLong();
    return bar;
  }

  byte[] bytes() {
    return ByteBuffer.allocate(56)
        .putLong(open)
        .putLong(high)
        .putLong(low)
        .putLong(close)
        .putLong(volume)
        .putDouble(notional)
        .putLong(trades)
        .array();
  }
}
