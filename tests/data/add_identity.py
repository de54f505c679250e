#!/usr/bin/env python3
"""Turn a trace of requests into usage that Florin reads.

A trace says when a request came and how many tokens it had. It does not say who sent it, which model answered, or
what its id is; a price book needs all three. This script adds them: each request is repeated once for each model
that is named, as a record of that model in an account of its own, so that one file bills every model apart.

    add_identity.py azure    TRACE.csv[.gz]    PROVIDER/MODEL... > usage.csv
    add_identity.py mooncake TRACE.ndjson[.gz] PROVIDER/MODEL... > usage.ndjson

With `--no-cache` the cached tokens are left out, so that every token is billed as if it were read anew. An output
that ends in `.gz`, given by `--output FILE`, is packed, always to the same bytes.

Numbers are copied as text; nothing is computed.
"""

import argparse
import csv
import gzip
import io
import json
import sys


def open_text(path):
    """A text file, packed or not."""
    if path.endswith(".gz"):
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8", newline="")
    return open(path, encoding="utf-8", newline="")


def azure_requests(lines):
    """TIMESTAMP has seven decimals and no zone: it is UTC."""
    for number, row in enumerate(csv.DictReader(lines)):
        yield {
            "id": f"{number:05}",
            "time": row["TIMESTAMP"].replace(" ", "T") + "Z",
            "input": row["ContextTokens"],
            "output": row["GeneratedTokens"],
        }


def mooncake_requests(lines):
    """`ts_ms` counts from the start of the trace: taken as milliseconds since the epoch, it begins on 1970-01-01."""
    for line in lines:
        record = json.loads(line, parse_int=str, parse_float=str)
        yield {
            "id": record["id"].rpartition("-")[2],
            "time": record["ts_ms"],
            "input": record["input_tokens"],
            "cached": record["cached_input_tokens"],
            "output": record["output_tokens"],
        }


def usage(requests, models, with_cache):
    """Every request once for each model: all of the first model's, then all of the second's."""
    requests = list(requests)
    for model in models:
        account = model.rpartition("/")[2]
        for request in requests:
            record = {
                "id": f"{account}-{request['id']}",
                "account": account,
                "time": request["time"],
                "kind": "inference",
                "model": model,
                "input": request["input"],
            }
            if with_cache and "cached" in request:
                record["cached"] = request["cached"]
            record["output"] = request["output"]
            yield record


def write_csv(records, out):
    writer = None
    for record in records:
        if writer is None:
            writer = csv.DictWriter(out, record.keys(), lineterminator="\n")
            writer.writeheader()
        writer.writerow(record)


def write_ndjson(records, out):
    """Counts and times are whole numbers; they are written as they were read."""
    numbers = {"time", "input", "cached", "output"}
    for record in records:
        fields = (f'"{k}":{v}' if k in numbers else f'"{k}":{json.dumps(v)}' for k, v in record.items())
        out.write("{" + ",".join(fields) + "}\n")


TRACES = {"azure": (azure_requests, write_csv), "mooncake": (mooncake_requests, write_ndjson)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("trace", choices=TRACES)
    arguments.add_argument("file")
    arguments.add_argument("models", nargs="+", metavar="PROVIDER/MODEL")
    arguments.add_argument("--no-cache", action="store_true")
    arguments.add_argument("--output", metavar="FILE")
    given = arguments.parse_args()

    read, write = TRACES[given.trace]
    text = io.StringIO()
    with open_text(given.file) as lines:
        write(usage(read(lines), given.models, not given.no_cache), text)

    data = text.getvalue().encode()
    if given.output is None:
        sys.stdout.buffer.write(data)
    elif given.output.endswith(".gz"):
        with open(given.output, "wb") as out:
            out.write(gzip.compress(data, 9, mtime=0))
    else:
        with open(given.output, "wb") as out:
            out.write(data)


if __name__ == "__main__":
    main()
