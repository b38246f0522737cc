"""The catalogue of workloads: a name, and where its class is. Nothing is imported until asked for."""

BUILT_IN = {
    "noop": "workloads.noop:Noop",
    "sleep": "workloads.sleep:Sleep",
    "switch": "workloads.switch:Switch",
    "counter": "workloads.counter:Counter",
    "http": "workloads.http:Http",
    "echo": "workloads.echo:Echo",
}
ENTRY_POINTS = "harness.workloads"
