//! Devices that are connected and say nothing.

use std::time::Duration;

use clap::Args;

use crate::device::Device;
use crate::program::Program;
use crate::project::{Project, folder};
use crate::report::Report;
use crate::shelf::Shelf;

/// How long the relay is left alone before its memory is read.
const SETTLES: Duration = Duration::from_secs(3);

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Devices that connect
    #[arg(long, default_value_t = 1000)]
    devices: u32,
    /// Members of one project
    #[arg(long, default_value_t = 50)]
    of_a_project: u32,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let before = relay.resident_bytes()?;
    let (mut held, mut n) = (Vec::new(), 0);
    while n < options.devices {
        let mut project = Project::new(1_000_000 + n).await?;
        let mut members = Vec::new();
        for _ in 0..options.of_a_project.min(options.devices - n) {
            n += 1;
            members.push(Device::new(n).await?);
        }
        project.admit(members.iter().map(|member| (member, folder(1))))?;
        project.tell(relay.address()).await?;
        let (first, mut written) = (&members[0], Shelf::default());
        written.write(project.id(), &first.device, folder(1), 300)?;
        for (at, member) in members.into_iter().enumerate() {
            let mut shelf = if at == 0 { std::mem::take(&mut written) } else { Shelf::default() };
            let mut talk = member.meet(relay.address(), &project.genesis).await?;
            talk.sync(&mut shelf).await?;
            held.push((member, talk, shelf));
        }
        project.owner.close().await;
    }
    tokio::time::sleep(SETTLES).await;
    let after = relay.resident_bytes()?;
    report.add("devices connected, each in sync", f64::from(n), "");
    report.add("memory of the relay before", before / 1e6, "MB");
    report.add("memory of the relay with all of them", after / 1e6, "MB");
    report.add("memory of a device", (after - before) / f64::from(n) / 1e3, "kB");
    Ok(report)
}
