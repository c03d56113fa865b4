#!/bin/sh
# kafka-run-class.sh CLASS ARGUMENTS…: a class of Kafka, told the same by the environment as in Kafka's own distribution.
exec java ${KAFKA_HEAP_OPTS:--Xmx256M} \
  ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35} \
  ${KAFKA_GC_LOG_OPTS:-} ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=/opt/kafka/config/log4j2.xml} \
  -cp '/opt/kafka/libs/*' ${KAFKA_OPTS:-} "$@"
