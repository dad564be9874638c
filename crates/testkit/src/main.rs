//! Runs seeds of the simulator: `enginus-testkit --seed 7`, or `--from 0 --count 1000 --jobs 2`; `--steps N` sets how many steps each has,
//! `--keep 3,17` replays a shortened run.

#![allow(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use enginus_testkit::{Step, run, shrink};
use tracing_subscriber::EnvFilter;

/// Runs that shortening one failure may take.
const SHRINK_TRIES: u32 = 300;

struct Options {
    from: u64,
    count: u64,
    steps: u64,
    jobs: u64,
    keep: Option<BTreeSet<u64>>,
    shrink: bool,
}

fn options() -> Result<Options, String> {
    let mut options = Options { from: 0, count: 1, steps: 500, jobs: 1, keep: None, shrink: true };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        if name == "--no-shrink" {
            options.shrink = false;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|error| format!("{name} {value}: {error}"));
        match name.as_str() {
            "--seed" | "--from" => options.from = number()?,
            "--count" => options.count = number()?,
            "--steps" => options.steps = number()?,
            "--jobs" => options.jobs = number()?.max(1),
            "--keep" => {
                let numbers = value.split(',').map(|part| part.trim().parse::<u64>());
                options.keep = Some(numbers.collect::<Result<_, _>>().map_err(|error| format!("--keep: {error}"))?);
            }
            _ => return Err(format!("{name} is not known")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    // `RUST_LOG=warn` shows what the engine says while a run is replayed.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).without_time().with_ansi(false).init();
    let options = match options() {
        Ok(options) => options,
        Err(problem) => {
            println!(
                "{problem}\nusage: [--seed N | --from N --count N] [--steps N] [--jobs N] [--keep N,N…] [--no-shrink]"
            );
            return ExitCode::from(2);
        }
    };
    let (next, failures) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..options.jobs {
            scope.spawn(|| {
                loop {
                    let taken = next.fetch_add(1, Ordering::Relaxed);
                    if taken >= options.count {
                        break;
                    }
                    if !one(options.from + taken, &options) {
                        failures.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let failed = failures.into_inner();
    println!("{} seeds of {} steps, {failed} failed", options.count, options.steps);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one seed and tells of it. True where every promise was kept.
fn one(seed: u64, options: &Options) -> bool {
    let mut steps = Step::of_seed(seed, options.steps);
    if let Some(keep) = &options.keep {
        steps.retain(|step| keep.contains(&step.number));
    }
    let outcome = run(seed, &steps);
    let Some((at, broken)) = &outcome.broken else {
        if options.count == 1 {
            println!("seed {seed}: {}\ntrace {}", outcome.end, outcome.trace);
        }
        return true;
    };
    println!("seed {seed}, step {at}: {broken}\n  {}", outcome.end);
    println!("  replay: cargo run --release -p enginus-testkit -- --seed {seed} --steps {}", options.steps);
    if options.shrink && options.keep.is_none() {
        let kept = shrink(seed, steps, SHRINK_TRIES);
        let numbers: Vec<String> = kept.iter().map(|step| step.number.to_string()).collect();
        let again = run(seed, &kept).broken.map_or_else(String::new, |(_, broken)| broken.to_string());
        println!(
            "  shortened to {} steps: --steps {} --keep {}\n  {again}",
            kept.len(),
            options.steps,
            numbers.join(",")
        );
    }
    false
}
