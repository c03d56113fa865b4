package dev.tapeline.peer;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/**
 * Bars of a second from trades, as one writes it with Kafka Streams: windows by event time that close two seconds after
 * their end, a bar once its window has closed, exactly once. Prints a line of JSON when all trades are in committed bars:
 * trades per second and per second of CPU time, from a fourth of the trades on until the last one was folded.
 */
public final class Bars {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final long POLL_MS = 2;

  private Bars() {}

  public static void main(String[] args) throws Exception {
    long trades = Setting.number("TRADES");
    long deadline = System.nanoTime() + Setting.number("SECONDS_MAX", 300) * 1_000_000_000L;
    LongAdder folded = new LongAdder();
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    KafkaStreams streams = new KafkaStreams(topology(folded).build(), config());
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          Runtime.getRuntime().halt(1);
          return null;
        });
    streams.start();
    await(folded, trades / 4, deadline);
    long from = folded.sum();
    long fromNs = System.nanoTime();
    long fromCpuNs = system.getProcessCpuTime();
    await(folded, trades, deadline);
    double cpuSeconds = (system.getProcessCpuTime() - fromCpuNs) / 1e9;
    double seconds = (System.nanoTime() - fromNs) / 1e9;
    long[] committed = committedBars(trades, deadline);
    System.out.printf(
        "{\"trades\":%d,\"measuredTrades\":%d,\"seconds\":%.3f,\"cpuSeconds\":%.3f,\"bars\":%d,\"tradesInBars\":%d}%n",
        trades, trades - from, seconds, cpuSeconds, committed[0], committed[1]);
    System.out.flush();
    // What is left, closing state stores, is not measured, and nobody reads them again.
    Runtime.getRuntime().halt(0);
  }

  private static Properties config() {
    Properties config = new Properties();
    config.put("application.id", Setting.text("APPLICATION"));
    config.put("bootstrap.servers", Setting.text("BROKERS"));
    config.put("state.dir", Setting.text("STATE_DIR"));
    config.put("num.stream.threads", Setting.text("THREADS", "2"));
    config.put("processing.guarantee", Setting.text("GUARANTEE", "exactly_once_v2"));
    // Ten times the default: fewer transactions are in the peer's favour.
    config.put("commit.interval.ms", Setting.text("COMMIT_MS", "1000"));
    config.put("statestore.cache.max.bytes", Long.toString(64L << 20));
    config.put("auto.offset.reset", "earliest");
    config.put("consumer.max.poll.records", "5000");
    config.put("consumer.fetch.min.bytes", "65536");
    config.put("producer.compression.type", "lz4");
    return config;
  }

  private static StreamsBuilder topology(LongAdder folded) {
    StreamsBuilder builder = new StreamsBuilder();
    var trades =
        Consumed.with(Serdes.String(), Trade.SERDE)
            .withTimestampExtractor((record, previous) -> ((Trade) record.value()).eventMs());
    builder.stream(Setting.text("TOPIC"), trades)
        .groupByKey(Grouped.with(Serdes.String(), Trade.SERDE))
        .windowedBy(TimeWindows.ofSizeAndGrace(SECOND, GRACE))
        .aggregate(
            Bar::new,
            (symbol, trade, bar) -> {
              folded.increment();
              return bar.with(trade);
            },
            Materialized.<String, Bar>as(store()).withKeySerde(Serdes.String()).withValueSerde(Bar.SERDE))
        .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()))
        .toStream((window, bar) -> window.key() + "@" + window.window().start())
        .to(Setting.text("OUT_TOPIC"), Produced.with(Serdes.String(), Bar.SERDE));
    return builder;
  }

  private static WindowBytesStoreSupplier store() {
    Duration kept = Duration.ofSeconds(10);
    return Setting.text("STORE", "rocksdb").equals("memory")
        ? Stores.inMemoryWindowStore("bars", kept, SECOND, false)
        : Stores.persistentWindowStore("bars", kept, SECOND, false);
  }

  private static void await(LongAdder folded, long count, long deadline) throws InterruptedException {
    while (folded.sum() < count) {
      if (System.nanoTime() > deadline) throw new IllegalStateException(folded.sum() + " of " + count + " trades in time");
      Thread.sleep(POLL_MS);
    }
  }

  /** Bars in the topic and the trades that they count, read as committed, once all trades are there. */
  private static long[] committedBars(long trades, long deadline) {
    Map<String, Object> config =
        Map.of("bootstrap.servers", Setting.text("BROKERS"), "isolation.level", "read_committed", "auto.offset.reset", "earliest");
    String topic = Setting.text("OUT_TOPIC");
    long[] sums = new long[2];
    try (var consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer.partitionsFor(topic).forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (sums[1] < trades) {
        if (System.nanoTime() > deadline) throw new IllegalStateException(sums[1] + " of " + trades + " trades in bars in time");
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          sums[0] += 1;
          sums[1] += Bar.of(record.value()).trades;
        }
      }
    }
    return sums;
  }
}
