//! What a relay bears: simulated devices over real iroh on loopback, in front of the real program.
//!
//! Each scenario starts a relay of its own in a folder of its own, does one thing, and prints what it took. Devices run in this process;
//! CPU time and memory are the relay's alone, as the system counts them (`/proc`), so only Linux tells them.

mod catch_up;
mod device;
mod idle;
mod latency;
mod nats;
mod process;
mod program;
mod project;
mod report;
mod shelf;
mod store;

use std::path::PathBuf;

use anyhow::Context;
use clap::{Parser, Subcommand};

use crate::program::{Program, Start};

/// Measures a relay with simulated devices.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The relay's program; without it the one beside this
    #[arg(long, visible_alias = "relay", value_name = "FILE", global = true)]
    binary: Option<PathBuf>,
    /// Keep everything in NATS JetStream at this address instead of a file
    #[arg(long, value_name = "URL", global = true)]
    nats: Option<String>,
    /// The same, in a server that is started for the run: its program
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "nats")]
    nats_server: Option<PathBuf>,
    /// Answer one JSON object
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Envelopes stored per second, confirmed as durable
    Store(store::Options),
    /// From an edit on one device to the row on others, with the whole engine on all
    Latency(latency::Options),
    /// Memory per device that is connected and says nothing
    Idle(idle::Options),
    /// A device that holds nothing takes everything
    CatchUp(catch_up::Options),
}

impl Scenario {
    const fn name(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Latency(_) => "latency",
            Self::Idle(_) => "idle",
            Self::CatchUp(_) => "catch-up",
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    // Heard from here on, so that no relay outlives this program.
    let told_to_end = told_to_end()?;
    let start = Start { binary: arguments.binary, nats: arguments.nats, nats_server: arguments.nats_server };
    let program = Program::start(&start)?;
    let measured = async {
        match &arguments.scenario {
            Scenario::Store(options) => store::run(options, &program).await,
            Scenario::Latency(options) => latency::run(options, &program).await,
            Scenario::Idle(options) => idle::run(options, &program).await,
            Scenario::CatchUp(options) => catch_up::run(options, &program).await,
        }
    };
    let report = tokio::select! {
        report = measured => report.with_context(|| format!("the relay's last words:\n{}", program.last_words()))?,
        () = told_to_end => anyhow::bail!("stopped"),
    };
    report.print(arguments.scenario.name(), program.storage(), arguments.json)
}

/// Ends with Ctrl-C, or when the system wants this program to end.
#[cfg(unix)]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupted, mut terminated) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}

/// Ends with Ctrl-C.
#[cfg(not(unix))]
fn told_to_end() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
