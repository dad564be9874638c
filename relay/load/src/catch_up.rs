//! A device that was never there takes everything.

use clap::Args;
use tokio::time::Instant;

use crate::device::Device;
use crate::program::Program;
use crate::project::{Project, folder};
use crate::report::{Report, count};
use crate::shelf::Shelf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Envelopes that one device wrote before
    #[arg(long, default_value_t = 100_000)]
    envelopes: usize,
    /// Bytes sealed in each
    #[arg(long, default_value_t = 300)]
    bytes: usize,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let mut project = Project::new(0).await?;
    let (writer, reader) = (Device::new(1).await?, Device::new(2).await?);
    project.admit([(&writer, folder(1)), (&reader, folder(1))].into_iter())?;
    project.tell(relay.address()).await?;
    let mut written = Shelf::default();
    for _ in 0..options.envelopes {
        written.write(project.id(), &writer.device, folder(1), options.bytes)?;
    }
    let mut report = Report::default();
    report.add("envelopes", count(written.count()), "");
    report.add("bytes", count(written.bytes()) / 1e6, "MB");
    let began = Instant::now();
    let mut talk = writer.meet(relay.address(), &project.genesis).await?;
    talk.sync(&mut written).await?;
    talk.end();
    report.add("put by one device", count(written.count()) / began.elapsed().as_secs_f64(), "envelopes/s");

    let (began, cpu) = (Instant::now(), relay.cpu_seconds()?);
    let mut taken = Shelf::default();
    let mut talk = reader.meet(relay.address(), &project.genesis).await?;
    talk.sync(&mut taken).await?;
    talk.end();
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), relay.cpu_seconds()? - cpu);
    anyhow::ensure!(taken.count() == written.count(), "{} of {} arrived", taken.count(), written.count());
    report.add("taken by another, every signature verified", seconds, "s");
    report.add("taken", count(taken.count()) / seconds, "envelopes/s");
    report.add("CPU of the relay meanwhile", cpu, "s");
    report.add("memory of the relay", relay.resident_bytes()? / 1e6, "MB");
    writer.close().await;
    reader.close().await;
    Ok(report)
}
