#!/usr/bin/env python3
"""Publishes trades to Tapeline and prints the bars that come of them.

Needs nothing of Tapeline but its contract: the stubs are made from proto/ by grpcio-tools.

    pip install -r examples/python/requirements.txt
    mkdir -p stubs
    python -m grpc_tools.protoc -I proto --python_out=stubs --grpc_python_out=stubs proto/tapeline/v1/*.proto
    PYTHONPATH=stubs python examples/python/market.py --address localhost:50051
"""

import argparse
import queue
import sys
import threading
import time

import grpc
from tapeline.v1 import ingest_pb2, ingest_pb2_grpc, market_pb2, query_pb2, query_pb2_grpc

PRICE_EXPONENT = -2  # a price of 15025 is 150.25


def publish(channel, dataset, symbol, trades):
    """Publishes `trades`, pairs of price and size in the instrument's units; returns once every tick is settled.

    The requests that are not acknowledged are kept, so that a broken connection only means to send them again: a tick
    is known by its publisher and sequence, and counts once however often it arrives.
    """
    ingest = ingest_pb2_grpc.IngestServiceStub(channel)
    publisher_id, unsettled = 0, batches(symbol, trades)
    while unsettled:
        requests = queue.Queue()
        requests.put(ingest_pb2.PublishRequest(open=ingest_pb2.PublishOpen(
            publisher_id=publisher_id, dataset=dataset, client_name="market.py")))
        for _, batch in unsettled:
            requests.put(ingest_pb2.PublishRequest(tick_batch=batch))
        requests.put(None)  # half-closes: ingest settles what it has taken and ends the stream
        try:
            for response in ingest.Publish(iter(requests.get, None)):
                kind = response.WhichOneof("response")
                if kind == "opened":
                    publisher_id = response.opened.publisher.publisher_id
                elif kind == "reject":
                    print(f"rejected {response.reject.sequence}: {response.reject.rejection.message}", file=sys.stderr)
                else:
                    unsettled = [(last, batch) for last, batch in unsettled if last > response.ack.sequence]
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
                raise
            time.sleep(0.5)


def batches(symbol, trades, size=500):
    """Batches with the last sequence of each. A tick names the one before it of its instrument: its link."""
    instrument = market_pb2.Instrument(symbol=symbol, price_exponent=PRICE_EXPONENT, calendar="24/7")
    out = []
    for start in range(0, len(trades), size):
        rows = ingest_pb2.TickRows(instruments=[instrument])
        for place, (price, shares) in enumerate(trades[start:start + size], start + 1):
            rows.ticks.add(sequence=place, link=place - 1, symbol=symbol, trade=market_pb2.Trade(
                event_time_ns=time.time_ns(), price=price, size=shares))
        out.append((rows.ticks[-1].sequence, ingest_pb2.TickBatch(rows=rows)))
    return out


def follow(channel, dataset, symbol, since_ns, stop):
    """Prints one-second bars from `since_ns` on as they form and close, until `stop` says of a closed one that it is enough."""
    query = query_pb2_grpc.QueryServiceStub(channel)
    request = query_pb2.StreamBarsRequest(
        instruments=[market_pb2.InstrumentRef(dataset=dataset, symbol=symbol)],
        intervals=["1s"], profiles=["all"], include_forming=True, start_time_ns=since_ns)
    for event in query.StreamBars(request):
        for bar in event.bars.bars:
            state = market_pb2.BarState.Name(bar.state).removeprefix("BAR_STATE_").lower()
            print(f"{symbol} {bar.start_time_ns // 10**9} {state}: open {bar.open} high {bar.high} low {bar.low} "
                  f"close {bar.close} volume {bar.volume} trades {bar.trades}", flush=True)
            if state != "forming" and stop(bar):
                return


def wait_for_instrument(channel, dataset, symbol):
    """An instrument is known once its first tick was counted, moments after it was acknowledged."""
    query = query_pb2_grpc.QueryServiceStub(channel)
    request = query_pb2.GetInstrumentRequest(instrument=market_pb2.InstrumentRef(dataset=dataset, symbol=symbol))
    for _ in range(100):
        try:
            return query.GetInstrument(request)
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.NOT_FOUND:
                raise
            time.sleep(0.05)
    raise TimeoutError(f"{dataset}/{symbol} did not become known within 5 s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="localhost:50051")
    parser.add_argument("--dataset", default="example")
    parser.add_argument("--symbol", default="PY")
    parser.add_argument("--trades", type=int, default=1000)
    options = parser.parse_args()
    with grpc.insecure_channel(options.address) as channel:
        since_ns = time.time_ns() // 10**9 * 10**9
        trades = [(15000 + place % 100, 1 + place % 7) for place in range(options.trades)]
        publish(channel, options.dataset, options.symbol, trades)
        wait_for_instrument(channel, options.dataset, options.symbol)
        counted = {}

        def all_counted(bar):
            counted[bar.start_time_ns] = bar.trades
            return sum(counted.values()) == options.trades

        reader = threading.Thread(target=follow, args=(channel, options.dataset, options.symbol, since_ns, all_counted), daemon=True)
        reader.start()
        reader.join(timeout=30)
        if reader.is_alive():
            sys.exit(f"only {sum(counted.values())} of {options.trades} trades came back within 30 s")
        print(f"published {options.trades} trades, received {sum(counted.values())} in {len(counted)} bars")


if __name__ == "__main__":
    main()
