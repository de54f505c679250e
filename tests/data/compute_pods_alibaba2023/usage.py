#!/usr/bin/env python3
"""The pods of Alibaba's GPU trace of 2023 as usage, on standard output.

A pod that was never scheduled is left out. Seconds are counted from 1970-01-01, so that a month of 30 days is a window.

    python3 usage.py openb_pod_list_default.csv > usage.ndjson
"""

import csv
import datetime
import json
import sys


def instant(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


with open(sys.argv[1], newline="") as rows:
    for row in csv.DictReader(rows):
        if row["scheduled_time"]:
            print(json.dumps({
                "id": row["name"],
                "account": row["qos"],
                "time": instant(row["scheduled_time"]),
                "kind": "pod",
                "deleted": instant(row["deletion_time"]),
                "cpu": row["cpu_milli"],
                "gpus": row["num_gpu"],
            }))
