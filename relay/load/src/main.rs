//! What a relay bears: simulated devices over real iroh on loopback, in front of the real program.
//!
//! Each scenario starts a relay of its own in a folder of its own, does one thing, and prints what it took. Devices run in this process;
//! CPU time and memory are the relay's alone, as the system counts them (`/proc`), so only Linux tells them.

mod catch_up;
mod device;
mod idle;
mod latency;
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
    #[arg(long, value_name = "FILE", global = true)]
    relay: Option<PathBuf>,
    /// Keep everything in NATS JetStream at this address instead of a file
    #[arg(long, value_name = "URL", global = true)]
    nats: Option<String>,
    /// Answer JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Debug, Subcommand)]
enum Scenario {
    /// Envelopes stored per second, confirmed as durable
    Store(store::Options),
    /// From an edit on one device to the row on another, with the whole engine on both
    Latency(latency::Options),
    /// Memory per device that is connected and says nothing
    Idle(idle::Options),
    /// A device that holds nothing takes everything
    CatchUp(catch_up::Options),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let start = Start { relay: arguments.relay, nats: arguments.nats };
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
        _ = tokio::signal::ctrl_c() => anyhow::bail!("stopped"),
    };
    report.print(arguments.json)
}
