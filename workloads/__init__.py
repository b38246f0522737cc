"""The catalogue of workloads: a name, and where its class is. Nothing is imported until asked for."""

BUILT_IN = {
    "noop": "harness.workloads.noop:Noop",
    "sleep": "harness.workloads.sleep:Sleep",
    "switch": "harness.workloads.switch:Switch",
    "counter": "harness.workloads.counter:Counter",
    "http": "harness.workloads.http:Http",
    "echo": "harness.workloads.echo:Echo",
}
ENTRY_POINTS = "harness.workloads"
