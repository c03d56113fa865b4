package dev.tapeline.peer;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes the two topics and fills the first: one record per trade, the symbol its key. The file has for each trade the
 * partition (a byte), the symbol (a byte for its length, then its characters) and the 28 bytes of the value. At the end
 * each partition gets one trade of the symbol CLOSE, an hour later, so that every window of the others closes.
 */
public final class LoadTrades {
  private static final long HOUR_MS = 3_600_000;

  private LoadTrades() {}

  public static void main(String[] args) throws Exception {
    String brokers = Setting.text("BROKERS");
    String topic = Setting.text("TOPIC");
    int partitions = (int) Setting.number("PARTITIONS");
    makeTopics(brokers, List.of(topic, Setting.text("OUT_TOPIC")), partitions);
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", brokers);
    config.put("acks", "all");
    config.put("linger.ms", 20);
    config.put("batch.size", 262_144);
    config.put("compression.type", "lz4");
    long trades = 0;
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        var file = new DataInputStream(new BufferedInputStream(Files.newInputStream(Path.of(Setting.text("FILE"))), 1 << 20))) {
      long lastMs = 0;
      for (; ; trades += 1) {
        int partition = file.read();
        if (partition < 0) break;
        byte[] symbol = new byte[file.readUnsignedByte()];
        byte[] value = new byte[Trade.BYTES];
        file.readFully(symbol);
        file.readFully(value);
        lastMs = Trade.of(value).eventMs();
        send(producer, new ProducerRecord<>(topic, partition, lastMs, symbol, value), failure);
      }
      byte[] close = new Trade(lastMs + HOUR_MS, 1, 1, 0).bytes();
      for (int partition = 0; partition < partitions; partition += 1) {
        send(producer, new ProducerRecord<>(topic, partition, lastMs, "CLOSE".getBytes(), close), failure);
      }
    } catch (EOFException cut) {
      throw new IllegalStateException("the file ends in the middle of trade " + trades, cut);
    }
    if (failure.get() != null) throw failure.get();
    System.out.printf("{\"trades\":%d}%n", trades);
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record, AtomicReference<Exception> failure) {
    producer.send(
        record,
        (metadata, error) -> {
          if (error != null) failure.compareAndSet(null, error);
        });
  }

  private static void makeTopics(String brokers, List<String> names, int partitions) throws Exception {
    // Times of the tape lie years back, so retention by time would delete it at once.
    Map<String, String> settings =
        Map.of("retention.ms", "-1", "message.timestamp.before.max.ms", Long.toString(Long.MAX_VALUE));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      var topics =
          names.stream()
              .map(name -> new NewTopic(name, java.util.Optional.of(partitions), java.util.Optional.<Short>empty()).configs(settings))
              .toList();
      admin.createTopics(topics).all().get(60, TimeUnit.SECONDS);
    }
  }
}
