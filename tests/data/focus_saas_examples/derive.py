#!/usr/bin/env python3
"""Derives usage and contracts from the FOCUS specification's SaaS examples.

The examples are finished bills. Taken from them are only what was consumed and when, what was bought, and the list
prices; never an amount that they bill. What the bills must come to goes to `expected.json`, from `BilledCost` and
`EffectiveCost` alone.

    python3 derive.py FOLDER_OF_THE_EXAMPLES
"""

import collections
import csv
import datetime
import decimal
import io
import json
import pathlib
import sys


def day(text):
    return datetime.datetime.strptime(text, "%m/%d/%y").date().isoformat()


def money(text):
    return text.strip().replace("$", "").replace(",", "")


def rows(folder, name):
    text = (folder / f"{name}.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def expected(found, account, name):
    periods = collections.defaultdict(lambda: [decimal.Decimal(0), decimal.Decimal(0)])
    for row in found:
        sums = periods[day(row["BillingPeriodStart"])[:7]]
        sums[0] += decimal.Decimal(money(row["BilledCost"]))
        sums[1] += decimal.Decimal(money(row["EffectiveCost"]))
    return [
        {"example": name, "account": account, "period": period, "billed": str(billed), "effective": str(effective)}
        for period, (billed, effective) in sorted(periods.items())
    ]


def main():
    folder = pathlib.Path(sys.argv[1])
    here = pathlib.Path(__file__).parent
    usage, accounts, bills = [], {}, []

    tokens = rows(folder, "virtual_currency_pricing_model_a2")
    for name, account in [("a1", "list"), ("b1", "half")]:
        [bought] = rows(folder, f"virtual_currency_pricing_model_{name}")
        accounts[account] = {
            "bought": day(bought["ChargePeriodStart"]),
            "tokens": int(bought["PricingQuantity"]),
            "token_price": bought["PricingCurrencyContractedUnitPrice"],
        }
        bills += expected([bought], account, f"virtual_currency_pricing_model_{name}")
    for row in tokens:
        usage.append({
            "id": f"t{len(usage) + 1}",
            "time": day(row["ChargePeriodStart"]) + "T00:00:00Z",
            "account": "list",
            "kind": "consumption",
            "sku": row["SkuId"],
            "times": row["ConsumedQuantity"],
        })
    (here / "tokens.ndjson").write_text("".join(json.dumps(one) + "\n" for one in usage))
    (here / "tokens-accounts.json").write_text(json.dumps(accounts, indent=1) + "\n")

    for name, account, file in [("a1", "spend", "spend"), ("a2", "monthly", "monthly")]:
        found = rows(folder, f"saas_spend_agreements_{name}")
        hours = []
        for row in found:
            if row["ConsumedQuantity"]:
                hours.append({
                    "id": f"h{len(hours) + 1}",
                    "time": day(row["ChargePeriodStart"]) + "T00:00:00Z",
                    "account": account,
                    "kind": "server",
                    "used": row["ConsumedQuantity"],
                })
        (here / f"{file}.ndjson").write_text("".join(json.dumps(one) + "\n" for one in hours))
        bills += expected(found, account, f"saas_spend_agreements_{name}")

    contracts = []
    for name, plan in [("a1", "service"), ("a2", "licences"), ("b", "licences_in_arrears")]:
        [bought] = rows(folder, f"simple_saas_agreements_{name}")
        last = datetime.date.fromisoformat(day(bought["ChargePeriodEnd"])) - datetime.timedelta(days=1)
        contract = {
            "account": f"simple_{name}",
            "plan": plan,
            "from": day(bought["ChargePeriodStart"]),
            "to": last.isoformat(),
            "price": money(bought["ListUnitPrice"]),
        }
        if plan != "service":
            contract["held"] = bought["PricingQuantity"]
        contracts.append(contract)
        bills += expected([bought], contract["account"], f"simple_saas_agreements_{name}")
    (here / "terms" / "contracts.ndjson").write_text("".join(json.dumps(one) + "\n" for one in contracts))
    bills.append({
        "example": "virtual_currency_pricing_model_a2",
        "account": "list",
        "period": "2025-04",
        "drawn": str(sum(decimal.Decimal(row["EffectiveCost"]) for row in tokens)),
    })
    (here / "expected.json").write_text(json.dumps(bills, indent=1) + "\n")


main()
