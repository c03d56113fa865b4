#!/bin/sh
# kafka-server-start.sh FILE: the broker, in the foreground, with the heap that Kafka's own distribution gives it.
export KAFKA_HEAP_OPTS="${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G}"
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$@"
