"""The catalogue of workloads: a name, and where its class is. Nothing is imported until asked for."""

BUILT_IN = {
    "noop": "harness.workloads.noop:Noop",
    "sleep": "harness.workloads.sleep:Sleep",
    "mixed": "harness.workloads.mixed:Mixed",
    "switch": "harness.workloads.switch:Switch",
    "counter": "harness.workloads.counter:Counter",
    "compute": "harness.workloads.compute:Compute",
    "http": "harness.workloads.http:Http",
    "echo": "harness.workloads.echo:Echo",
}
ENTRY_POINTS = "harness.workloads"
