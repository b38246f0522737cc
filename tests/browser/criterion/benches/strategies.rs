// One round of a strategy, in a fresh interpreter, timed by the interpreter itself: PYTHON=.../python cargo bench
use criterion::{criterion_group, criterion_main, BenchmarkId, Criterion};
use std::{env, process::Command, time::Duration};

fn round(strategy: &str) -> Duration {
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let out = Command::new(python).args(["round.py", strategy]).output().unwrap();
    Duration::from_secs_f64(String::from_utf8_lossy(&out.stdout).trim().parse().unwrap())
}

fn strategies(c: &mut Criterion) {
    let mut group = c.benchmark_group("sleep");
    group.sample_size(10).measurement_time(Duration::from_secs(6)).warm_up_time(Duration::from_millis(500));
    for name in ["threads", "asyncio", "gevent", "sequential"].iter() {
        group.bench_with_input(BenchmarkId::from_parameter(name), name, |bench, name| {
            bench.iter_custom(|count| (0..count).map(|_| round(name)).sum())
        });
    }
    group.finish();
}

criterion_group!(benches, strategies);
criterion_main!(benches);
