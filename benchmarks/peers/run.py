"""W1 and W2 in three columnar engines: exact decimals, one thread, data in memory, turn by turn.

Each engine loads the generated CSV once, with texts coded as the engine has it (ENUM, Categorical, LowCardinality); then
only the query is timed. It adds up what every record costs, and nothing has to be written, which favours the engines.
Each total is compared with the generator's. DuckDB also goes from NDJSON to rated NDJSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import time
from decimal import Decimal
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"

import chdb.session
import duckdb
import polars as pl

PRICES = Path(__file__).parent.parent / "books" / "w1_prices.csv"
EDGES = ["0", "10", "100", "1000", "10000"]
RATES = ["0.1000", "0.0850", "0.0725", "0.0600", "0.0475"]
LONG_RUN_SECONDS = 5
FEWER_ROUNDS = 5

# A price for one token has ten decimal places and none before the point; tokens have at most eight digits: their product
# fits in 64 bits in every engine.
W1_KIND = {"model": "VARCHAR", "region": "VARCHAR", "input": "DECIMAL(8,0)", "cached": "DECIMAL(8,0)", "output": "DECIMAL(8,0)"}


def cost(total, decimal):
    """What a running total costs, as SQL; `decimal` writes a constant."""
    tiers = zip(EDGES, EDGES[1:] + [None], RATES)

    def part(lower, upper, rate):
        reached = total if upper is None else f"least({total}, {decimal(upper, 3)})"
        return f"greatest({reached} - {decimal(lower, 3)}, {decimal('0', 3)}) * {decimal(rate, 4)}"

    return " + ".join(part(*tier) for tier in tiers)


class DuckDb:
    name = f"DuckDB {duckdb.__version__}"

    def __init__(self, files):
        self.files = files
        self.database = duckdb.connect(":memory:")
        self.database.execute("SET threads = 1")

    def rows(self, sql):
        return self.database.execute(sql).fetchall()

    def prices(self):
        columns = ", ".join(f"({part} * 0.000001::DECIMAL(7,6))::DECIMAL(10,10) AS {part}" for part in ("input", "cached", "output"))
        types = {"model": "VARCHAR", "region": "VARCHAR", **dict.fromkeys(("input", "cached", "output"), "DECIMAL(9,4)")}
        return f"SELECT model, region, {columns} FROM read_csv('{PRICES}', columns = {types})"

    def load_w1(self):
        self.rows(f"CREATE TEMP TABLE listed AS {self.prices()}")
        self.rows("CREATE TYPE model AS ENUM (SELECT DISTINCT model FROM listed)")
        self.rows("CREATE TYPE region AS ENUM (SELECT DISTINCT region FROM listed)")
        self.rows("CREATE TABLE prices AS SELECT model::model AS model, region::region AS region, input, cached, output FROM listed")
        columns = {"id": "VARCHAR", "account": "VARCHAR", "time": "VARCHAR", "kind": "VARCHAR", **W1_KIND}
        self.rows(f"""CREATE TABLE w1 AS SELECT model::model AS model, region::region AS region, input, cached, output
            FROM read_csv('{self.files['w1']}', columns = {columns})""")

    def w1(self):
        return self.rows("""SELECT sum(w1.input * prices.input + w1.cached * prices.cached + w1.output * prices.output)
            FROM w1 JOIN prices USING (model, region)""")[0][0]

    def load_w2(self):
        columns = {"id": "VARCHAR", "account": "VARCHAR", "time": "TIMESTAMP", "kind": "VARCHAR", "meter": "VARCHAR", "quantity": "DECIMAL(12,3)"}
        self.rows(f"CREATE TEMP TABLE read AS SELECT * FROM read_csv('{self.files['w2']}', columns = {columns})")
        self.rows("CREATE TYPE account AS ENUM (SELECT DISTINCT account FROM read)")
        self.rows("CREATE TYPE meter AS ENUM (SELECT DISTINCT meter FROM read)")
        self.rows("""CREATE TABLE w2 AS SELECT row_number() OVER ()::INTEGER AS n, account::account AS account,
            meter::meter AS meter, month(time)::UTINYINT AS month, quantity FROM read""")
        self.rows("DROP TABLE read")

    def w2(self):
        decimal = lambda number, places: f"{number}::DECIMAL({4 if places == 4 else 14},{places})"
        return self.rows(f"""SELECT sum(({cost('upto', decimal)}) - ({cost('before', decimal)})) FROM (
            SELECT upto, (upto - quantity)::DECIMAL(14,3) AS before FROM (
                SELECT quantity, (sum(quantity) OVER (PARTITION BY account, meter, month ORDER BY n
                    ROWS UNBOUNDED PRECEDING))::DECIMAL(14,3) AS upto FROM w2))""")[0][0]

    def end_to_end(self):
        columns = {"id": "VARCHAR", "account": "VARCHAR", "time": "TIMESTAMP", "kind": "VARCHAR", **W1_KIND}
        rated = self.files["rated"]
        self.rows(f"""COPY (SELECT id, account, time, 'inference' AS line, NULL AS quantity, NULL AS unit,
                (used.input * listed.input + used.cached * listed.cached + used.output * listed.output)::VARCHAR AS amount
            FROM read_json('{self.files['w1_ndjson']}', format = 'newline_delimited', columns = {columns}) AS used
            JOIN listed USING (model, region)) TO '{rated}' (FORMAT json)""")

    def rated_total(self):
        rated = self.files["rated"]
        return self.rows(f"""SELECT sum(amount::DECIMAL(18,10)) FROM read_json('{rated}', format = 'newline_delimited',
            columns = {{'amount': 'VARCHAR'}})""")[0][0]


class Polars:
    name = f"Polars {pl.__version__}"

    def __init__(self, files):
        self.files = files

    def load_w1(self):
        text = pl.read_csv(PRICES, schema_overrides=dict.fromkeys(("input", "cached", "output"), pl.Decimal(9, 4)))
        models, regions = pl.Enum(text["model"].unique().sort()), pl.Enum(text["region"].unique().sort())
        keys = [pl.col("model").cast(models), pl.col("region").cast(regions)]
        # A product of decimals is rounded to the greater of the two scales.
        million = pl.lit(Decimal("0.000001"))
        self.prices = text.select(*keys, *((pl.col(part).cast(pl.Decimal(18, 10)) * million).alias(f"{part}_price")
                                           for part in ("input", "cached", "output")))
        tokens = [pl.col(part).cast(pl.Decimal(18, 0)) for part in ("input", "cached", "output")]
        self.used = pl.read_csv(self.files["w1"], columns=["model", "region", "input", "cached", "output"]).select(*keys, *tokens)

    def w1(self):
        parts = [pl.col(part) * pl.col(f"{part}_price") for part in ("input", "cached", "output")]
        joined = self.used.lazy().join(self.prices.lazy(), on=["model", "region"])
        return joined.select((parts[0] + parts[1] + parts[2]).sum()).collect().item()

    def load_w2(self):
        read = pl.read_csv(self.files["w2"], columns=["account", "time", "meter", "quantity"],
                           schema_overrides={"quantity": pl.Decimal(14, 3)})
        accounts = pl.Enum(read["account"].unique().sort())
        meters = pl.Enum(read["meter"].unique().sort())
        month = pl.col("time").str.slice(5, 2).cast(pl.UInt8).alias("month")
        self.readings = read.select(pl.col("account").cast(accounts), pl.col("meter").cast(meters), month, "quantity")

    def w2(self):
        decimal = lambda number, places: pl.lit(Decimal(number)).cast(pl.Decimal(18, places))

        def costs(total):
            parts = []
            for lower, upper, rate in zip(EDGES, EDGES[1:] + [None], RATES):
                reached = total
                if upper is not None:
                    reached = pl.when(total < decimal(upper, 3)).then(total).otherwise(decimal(upper, 3))
                within = reached - decimal(lower, 3)
                within = pl.when(within > decimal("0", 3)).then(within).otherwise(decimal("0", 3))
                parts.append(within * decimal(rate, 7))
            return parts[0] + parts[1] + parts[2] + parts[3] + parts[4]

        upto = pl.col("quantity").cum_sum().over(["account", "meter", "month"]).alias("upto")
        marginal = costs(pl.col("upto")) - costs(pl.col("upto") - pl.col("quantity"))
        return self.readings.lazy().with_columns(upto).select(marginal.sum()).collect().item()


class ClickHouse:
    name = f"ClickHouse, chdb {chdb.__version__}"

    def __init__(self, files):
        self.files = files
        self.session = chdb.session.Session()
        self.rows("SET max_threads = 1")
        self.rows("CREATE DATABASE bench ENGINE = Atomic")

    def rows(self, sql):
        return [line.split("\t") for line in str(self.session.query(sql, "TSV")).splitlines()]

    def load_w1(self):
        text = "model LowCardinality(String), region LowCardinality(String)"
        self.rows(f"CREATE TABLE bench.prices ({text}, input Decimal64(10), cached Decimal64(10), output Decimal64(10)) ENGINE = Memory")
        parts = ", ".join(f"toDecimal64({part} * toDecimal64('0.000001', 6), 10)" for part in ("input", "cached", "output"))
        structure = "model String, region String, input Decimal64(4), cached Decimal64(4), output Decimal64(4)"
        self.rows(f"INSERT INTO bench.prices SELECT model, region, {parts} FROM file('{PRICES}', CSVWithNames, '{structure}')")
        self.rows(f"CREATE TABLE bench.w1 ({text}, input Int32, cached Int32, output Int32) ENGINE = Memory")
        structure = "id String, account String, time String, kind String, model String, region String, input Int32, cached Int32, output Int32"
        self.rows(f"""INSERT INTO bench.w1 SELECT model, region, input, cached, output
            FROM file('{self.files['w1']}', CSVWithNames, '{structure}')""")

    def w1(self):
        return Decimal(self.rows("""SELECT sum(w1.input * prices.input + w1.cached * prices.cached + w1.output * prices.output)
            FROM bench.w1 AS w1 ANY LEFT JOIN bench.prices AS prices ON w1.model = prices.model AND w1.region = prices.region
            SETTINGS max_threads = 1""")[0][0])

    def load_w2(self):
        self.rows("""CREATE TABLE bench.w2 (n UInt32, account LowCardinality(String), meter LowCardinality(String), month UInt8,
            quantity Decimal64(3)) ENGINE = Memory""")
        structure = "id String, account String, time String, kind String, meter String, quantity Decimal64(3)"
        self.rows(f"""INSERT INTO bench.w2 SELECT rowNumberInAllBlocks(), account, meter, toUInt8(substring(time, 6, 2)), quantity
            FROM file('{self.files['w2']}', CSVWithNames, '{structure}') SETTINGS max_threads = 1""")

    def w2(self):
        decimal = lambda number, places: f"toDecimal64('{number}', {places})"
        return Decimal(self.rows(f"""SELECT sum(({cost('upto', decimal)}) - ({cost('before', decimal)})) FROM (
            SELECT toDecimal64(running, 3) AS upto, upto - quantity AS before FROM (
                SELECT quantity, sum(quantity) OVER (PARTITION BY account, meter, month ORDER BY n
                    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running FROM bench.w2))
            SETTINGS max_threads = 1""")[0][0])


def generate(arguments, workload, form):
    path = Path(arguments.folder).resolve() / f"{workload}_{arguments.records}.{form}"
    if not Path(f"{path}.expected.json").exists():
        subprocess.run([arguments.generate, workload, "--records", str(arguments.records), "--format", form, "--output", path], check=True)
    return path, Decimal(json.loads(Path(f"{path}.expected.json").read_text())["amount"])


def timed(work):
    start = time.perf_counter_ns()
    found = work()
    return time.perf_counter_ns() - start, found


def alternate(title, contenders, expected, arguments):
    """Runs all in turn; prints medians. A contender is a name and a function that gives the total, and what checks it."""
    taken = {name: [] for name, _, _ in contenders}
    wrong = {}
    for name, work, total in contenders:
        try:
            first, found = timed(work)
            found = total(found)
            if found != expected:
                wrong[name] = f"WRONG TOTAL {found}, {expected} expected"
            taken[name].append(first)
        except Exception as error:
            wrong[name] = str(error).splitlines()[0][:160]
    going = [one for one in contenders if one[0] not in wrong]
    slow = any(taken[name][0] > LONG_RUN_SECONDS * 10**9 for name, _, _ in going)
    rounds = min(arguments.rounds, FEWER_ROUNDS) if slow else arguments.rounds
    for runs in taken.values():
        runs.clear()  # The first run warms up.
    for turn in range(rounds):
        for name, work, total in going[turn % len(going):] + going[:turn % len(going)] if going else []:
            took, found = timed(work)
            taken[name].append(took)
            if total(found) != expected:
                wrong[name] = "WRONG TOTAL"
    print(f"\n{title}, {rounds} alternating runs")
    print("| who | ns per record, median | least | total |\n| --- | ---: | ---: | --- |")
    for name, _, _ in contenders:
        runs = taken[name]
        figure = lambda one: "-" if name in wrong or not runs else f"{one(runs) / arguments.records:.1f}"
        print(f"| {name} | {figure(statistics.median)} | {figure(min)} | {wrong.get(name, 'right')} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--generate", required=True)
    parser.add_argument("--records", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--only", choices=["w1", "w2", "end-to-end"])
    arguments = parser.parse_args()
    files = {"rated": Path(arguments.folder).resolve() / "rated.ndjson"}
    files["w1"], w1_expected = generate(arguments, "w1", "csv")
    files["w2"], w2_expected = generate(arguments, "w2", "csv")
    files["w1_ndjson"], _ = generate(arguments, "w1", "ndjson")
    engines = [DuckDb(files), Polars(files), ClickHouse(files)]
    same = lambda found: Decimal(found)
    if arguments.only in (None, "w1"):
        for engine in engines:
            engine.load_w1()
        alternate("W1, matrix", [(engine.name, engine.w1, same) for engine in engines], w1_expected, arguments)
    if arguments.only in (None, "w2"):
        for engine in engines:
            engine.load_w2()
        alternate("W2, running tiers", [(engine.name, engine.w2, same) for engine in engines], w2_expected, arguments)
    if arguments.only in (None, "end-to-end"):
        duck = engines[0]
        if arguments.only:
            duck.load_w1()
        check = lambda _: Decimal(duck.rated_total())
        alternate("W1, NDJSON to rated NDJSON", [(duck.name, duck.end_to_end, check)], w1_expected, arguments)


if __name__ == "__main__":
    main()
