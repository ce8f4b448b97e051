"""The decisions of deploy/canary, with figures of the test's own. The whole script runs against a real Prometheus and
real nodes in tests/it/operations/live/canary.rs.

    python3 tests/deployment/canary_test.py
"""

import contextlib
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "canary"
loader = importlib.machinery.SourceFileLoader("canary", str(SCRIPT))
canary = importlib.util.module_from_spec(importlib.util.spec_from_loader("canary", loader))
loader.exec_module(canary)

NAMES = [name for name, _ in canary.tolerances()]
REUSE, CSRF, ERRORS, LATENCY = NAMES


def figures(total=1000, **bad):
    """Everything is fine but what is named, such as CSRF=50; the latency is a value."""
    found = {name: (0.0, 0.0, total) for name in NAMES}
    found[LATENCY] = (bad.pop("latency", 0.02), total, total)
    for name, count in bad.items():
        found[globals()[name]] = (count / total, count, total)
    return found


class Scripted:
    """Stands for Prometheus: figures of the new generation in turn, the last one for ever."""

    def __init__(self, new, old=None):
        self.new, self.old = list(new), old or figures()

    def measure(self, generation):
        if generation == canary.OLD:
            return self.old
        figure = self.new.pop(0) if len(self.new) > 1 else self.new[0]
        if isinstance(figure, Exception):
            raise figure
        return figure


def rollout(new, *arguments, old=None):
    """The exit status and the shares that were set, with a clock that only the script moves."""
    options = canary.parse(["--prometheus", "http://unused", "--hold", "60", "--interval", "10", *arguments])
    now, shares = [0.0], []

    def sleep(seconds):
        now[0] += seconds

    run = canary.Rollout(options, Scripted(new, old), clock=lambda: now[0], sleep=sleep)
    run.set = shares.append
    with contextlib.redirect_stdout(io.StringIO()) as output:
        status = run.run()
    return status, shares, output.getvalue()


class Decisions(unittest.TestCase):
    def test_a_good_generation_reaches_everyone(self):
        status, shares, _ = rollout([figures()])
        self.assertEqual((status, shares), (0, [5, 25, 50, 100]))

    def test_each_measure_takes_it_back(self):
        for bad in ({"REUSE": 5}, {"CSRF": 30}, {"ERRORS": 20}, {"latency": 0.2}):
            status, shares, output = rollout([figures(**bad)])
            self.assertEqual((status, shares), (1, [5, 0]), bad)
            self.assertIn("is tolerated", output)

    def test_what_is_usual_is_tolerated(self):
        for bad in ({"REUSE": 5}, {"CSRF": 30}, {"ERRORS": 20}, {"latency": 0.2}):
            status, _, _ = rollout([figures(**bad)], old=figures(**bad))
            self.assertEqual(status, 0, bad)

    def test_single_events_and_single_samples_say_nothing(self):
        self.assertEqual(rollout([figures(total=100, REUSE=2, CSRF=2)])[0], 0)
        self.assertEqual(rollout([figures(CSRF=500), figures()])[0], 0)

    def test_it_is_taken_back_at_a_later_step(self):
        fine = [figures()] * 7
        status, shares, _ = rollout([*fine, figures(ERRORS=500)])
        self.assertEqual((status, shares), (1, [5, 25, 0]))

    def test_without_traffic_or_without_prometheus_no_one_goes_on(self):
        status, shares, output = rollout([figures(total=10)])
        self.assertEqual((status, shares), (1, [5, 0]))
        self.assertIn("too few", output)
        status, shares, _ = rollout([canary.Unanswered("gone")])
        self.assertEqual((status, shares), (1, [5, 0]))
        gone = [canary.Unanswered("gone")] * 2
        self.assertEqual(rollout([*gone, figures()])[0], 0)

    def test_the_last_figures_of_the_previous_generation_count(self):
        baseline = canary.Baseline(100)
        baseline.learn(figures(CSRF=30))
        baseline.learn(figures(total=5, CSRF=5))
        self.assertEqual(baseline.of(CSRF), 0.03)
        self.assertEqual(canary.Baseline(100).of(CSRF), 0.0)

    def test_a_share_that_cannot_be_set_ends_it(self):
        options = canary.parse(["--prometheus", "http://unused", "--set", "false"])
        with contextlib.redirect_stdout(io.StringIO()), self.assertRaises(SystemExit) as caught:
            canary.Rollout(options, Scripted([figures()])).run()
        self.assertEqual(caught.exception.code, 3)

    def test_taking_back_is_tried_until_it_succeeds(self):
        options = canary.parse(["--prometheus", "http://unused", "--interval", "10"])
        attempts, pauses = [], []

        def set_share(percent):
            attempts.append(percent)
            if len(attempts) <= 12:
                raise SystemExit(3)

        run = canary.Rollout(options, Scripted([figures()]), sleep=pauses.append)
        run.set = set_share
        with contextlib.redirect_stdout(io.StringIO()) as output:
            run.take_back()
        self.assertEqual((attempts, pauses), ([0] * 13, [10.0] * 12))
        self.assertEqual(output.getvalue().count("people keep the new generation"), 12)

    def test_wrong_arguments_are_refused(self):
        for wrong in ([], ["--prometheus", "u", "--steps", "50,5"], ["--prometheus", "u", "--steps", "0"],
                      ["--prometheus", "u", "--steps", "101"], ["--prometheus", "u", "--hold", "soon"]):
            with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as caught:
                canary.parse(wrong)
            self.assertEqual(caught.exception.code, 2, wrong)


class Answers(unittest.TestCase):
    """What Prometheus may say."""

    def ask(self, status, body):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            return canary.Prometheus(f"http://127.0.0.1:{server.server_port}/", "", "5m").ask("up")
        finally:
            server.shutdown()
            server.server_close()

    def test_numbers_are_read_and_nothing_else(self):
        def answer(*samples):
            return json.dumps({"data": {"result": [{"value": [0, sample]} for sample in samples]}})

        self.assertEqual(self.ask(200, answer("1.5")), 1.5)
        self.assertIsNone(self.ask(200, answer()))
        self.assertIsNone(self.ask(200, answer("NaN")))
        for status, body in ((500, answer("1")), (200, "<html>"), (200, "{}"), (200, answer("many"))):
            with self.assertRaises(canary.Unanswered):
                self.ask(status, body)


if __name__ == "__main__":
    unittest.main()
