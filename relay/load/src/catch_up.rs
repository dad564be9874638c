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
    /// Bytes of an envelope, sealed and signed
    #[arg(long, default_value_t = 600)]
    bytes: usize,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let mut project = Project::new(0).await?;
    let (writer, reader) = (Device::new(1).await?, Device::new(2).await?);
    project.admit([(&writer, folder(1)), (&reader, folder(1))].into_iter())?;
    project.tell(relay.address()).await?;
    let (id, envelopes, bytes) = (project.id(), options.envelopes, options.bytes);
    let sealing = tokio::task::spawn_blocking(move || {
        let mut written = Shelf::default();
        for _ in 0..envelopes {
            written.write(id, &writer.device, folder(1), bytes)?;
        }
        anyhow::Ok((writer, written))
    });
    let (writer, mut written) = sealing.await??;
    let all = count(written.count());
    let mut report = Report::default();
    report.add("envelopes", all, "");
    report.add("bytes", count(written.bytes()) / 1e6, "MB");
    let began = Instant::now();
    let mut talk = writer.meet(relay.address(), &project.genesis).await?;
    talk.sync(&mut written).await?;
    talk.end();
    report.add("put by one device", all / began.elapsed().as_secs_f64(), "envelopes/s");

    let (began, before) = (Instant::now(), relay.cpu()?);
    let mut taken = Shelf::default();
    let mut talk = reader.meet(relay.address(), &project.genesis).await?;
    talk.sync(&mut taken).await?;
    talk.end();
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), relay.cpu()?.since(before));
    anyhow::ensure!(taken.count() == written.count(), "{} of {} arrived", taken.count(), written.count());
    report.add("taken by another, every signature verified", seconds, "s");
    report.add("taken", all / seconds, "envelopes/s");
    report.add("bytes taken a second", count(taken.bytes()) / seconds / 1e6, "MB/s");
    report.add_cpu(cpu, all);
    report.add("memory of the relay", relay.resident_bytes()? / 1e6, "MB");
    for device in [writer, reader, project.owner] {
        device.close().await;
    }
    Ok(report)
}
