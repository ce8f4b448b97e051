"""What rendered manifests must say for a node to be safe, which a schema cannot know.

    python manifests.py OVERLAY <MANIFESTS

OVERLAY is the name of the overlay. Run from the top of the repository, by a Python that has PyYAML.
"""

import pathlib
import re
import sys

import yaml

ADAPTER = pathlib.Path("deploy/kubernetes/prometheus-adapter.yaml")
METRICS = pathlib.Path("docs/metrics.md")
UNIT = pathlib.Path("deploy/systemd/kindred.service")


def of_kind(documents, kind):
    return [document for document in documents if document["kind"] == kind]


def complaints_of_pods(deployment):
    """What is wrong with the pods of a deployment."""
    pod = deployment["spec"]["template"]["spec"]
    if pod.get("enableServiceLinks") is not False:
        yield "enableServiceLinks is not false: variables of services look like settings"
    if pod.get("automountServiceAccountToken") is not False:
        yield "a token for the API of Kubernetes is mounted"
    # Both give a node the same time to end.
    grace = int(re.search(r"^TimeoutStopSec=(\d+)s$", UNIT.read_text(), re.M)[1])
    if pod.get("terminationGracePeriodSeconds") != grace:
        yield f"a node has not {grace} s to end, as it has with systemd"
    for container in pod["initContainers"] + pod["containers"]:
        security = container.get("securityContext", {})
        if security.get("readOnlyRootFilesystem") is not True or security.get("allowPrivilegeEscalation") is not False:
            yield f"the container {container['name']} is not confined"
    probes = {"startupProbe": "/health/live", "livenessProbe": "/health/live", "readinessProbe": "/health/ready"}
    for container in pod["containers"]:
        for probe, path in probes.items():
            if container.get(probe, {}).get("httpGet", {}).get("path") != path:
                yield f"the {probe} of {container['name']} does not ask {path}"


def selects(selector, labels):
    """Whether a selector of labels applies. One without labels would apply to everything, and none to nothing."""
    wanted = (selector or {}).get("matchLabels") or {}
    return bool(wanted) and all(labels.get(name) == value for name, value in wanted.items())


def complaints_of_budgets(budgets, labels):
    if not budgets:
        yield "there is no disruption budget"
    for budget in budgets:
        if not selects(budget["spec"].get("selector"), labels):
            yield "the disruption budget does not select the nodes"


def adapted(rule):
    """The name that the adapter gives to the series of a rule."""
    series = rule["seriesQuery"].split("{")[0]
    replacement = re.sub(r"\$\{(\d)\}", r"\\\1", rule["name"]["as"])
    return series, re.sub(rule["name"]["matches"], replacement, series)


def complaints_of_autoscalers(autoscalers):
    rules = yaml.safe_load(ADAPTER.read_text())["rules"]["custom"]
    offered = dict(adapted(rule)[::-1] for rule in rules)
    for autoscaler in autoscalers:
        asked = [metric["pods"]["metric"]["name"] for metric in autoscaler["spec"]["metrics"] if "pods" in metric]
        if not asked:
            yield "the autoscaler does not look at the wait for actors"
        for name in asked:
            series = offered.get(name)
            if series is None:
                yield f"no rule of the adapter gives {name}"
            elif f"`{series.removesuffix('_bucket')}`" not in METRICS.read_text():
                yield f"{series} is no metric of this program"


def complaints(overlay, documents):
    (deployment,) = of_kind(documents, "Deployment")
    yield from complaints_of_pods(deployment)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    yield from complaints_of_budgets(of_kind(documents, "PodDisruptionBudget"), labels)
    autoscalers = of_kind(documents, "HorizontalPodAutoscaler")
    if overlay == "production" and not autoscalers:
        yield "there is no autoscaler"
    yield from complaints_of_autoscalers(autoscalers)


def main(overlay):
    found = list(complaints(overlay, list(yaml.safe_load_all(sys.stdin))))
    for line in found:
        print(f"{overlay}: {line}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
