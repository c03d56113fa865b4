#!/bin/sh
# Looks around, publishes a trade by hand and reads its bar: with grpcurl alone, by reflection, without our code.
#   examples/grpcurl/hand-tick.sh [host:port]
set -eu
address="${1:-localhost:50051}"

grpcurl -plaintext "$address" list
grpcurl -plaintext "$address" describe tapeline.v1.IngestService.PublishOnce
grpcurl -plaintext -d '{
  "dataset": "example",
  "ticks": [
    {"symbol": "HAND", "trade": {"price": "150.25", "size": "100"}},
    {"symbol": "HAND", "trade": {"price": "150.30", "size": "7"}}
  ]
}' "$address" tapeline.v1.IngestService/PublishOnce

# A live bar closes two seconds of log time after its end.
sleep 4
grpcurl -plaintext -d '{
  "instrument": {"dataset": "example", "symbol": "HAND"}, "interval": "1s", "profile": "all"
}' "$address" tapeline.v1.QueryService/GetBars
