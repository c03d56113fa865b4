#!/bin/sh
# kafka-storage.sh format ARGUMENTS…: a broker's first log.
exec /opt/kafka/bin/kafka-run-class.sh kafka.tools.StorageTool "$@"
