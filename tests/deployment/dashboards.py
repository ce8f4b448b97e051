#!/usr/bin/env python3
"""Reads the dashboards with Grafana's published types and writes them again: what is lost or changed is unknown to Grafana.

    tests/deployment/dashboards.py grafana/dashboards/*.json

Needs grafana-foundation-sdk.
"""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

# What Grafana itself writes into the dashboards that it saves, and its published types leave out: fields of annotations
# by Prometheus, and the text of a variable's query in its editor.
LEFT_OUT = {"builtIn", "step", "textFormat", "titleFormat", "definition"}


def complaints(given, written, place):
    if isinstance(given, dict):
        for name, value in given.items():
            if name in written:
                yield from complaints(value, written[name], f"{place}.{name}")
            elif name not in LEFT_OUT:
                yield f"{place}.{name} is unknown"
    elif isinstance(given, list):
        if len(given) != len(written):
            yield f"{place} has {len(written)} entries instead of {len(given)}"
        for number, (one, other) in enumerate(zip(given, written)):
            yield from complaints(one, other, f"{place}[{number}]")
    elif given != written:
        yield f"{place} is read as {written!r} instead of {given!r}"


def check(dashboard, name):
    written = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    return list(complaints(dashboard, written, name))


def main(paths):
    # A check that finds nothing anywhere would be worth nothing.
    probe = {"title": "probe", "panels": [{"type": "stat", "gridPos": {"w": 1, "width": 2}}]}
    assert check(probe, "probe") == ["probe.panels[0].gridPos.width is unknown"], check(probe, "probe")
    assert paths, "no dashboards"
    found = [what for path in paths for what in check(json.loads(Path(path).read_text()), Path(path).stem)]
    print("\n".join(found) or f"{len(paths)} dashboards are as Grafana's types say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
