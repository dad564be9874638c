//! Many devices put at once what they wrote while they were away.

use clap::Args;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::device::Device;
use crate::program::Program;
use crate::project::{Project, folder};
use crate::report::{Report, count};
use crate::shelf::Shelf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Devices that write, each in a folder of its own
    #[arg(long, default_value_t = 16)]
    devices: u32,
    /// Envelopes of each device
    #[arg(long, default_value_t = 2000)]
    envelopes: usize,
    /// Bytes sealed in each
    #[arg(long, default_value_t = 300)]
    bytes: usize,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let mut project = Project::new(0).await?;
    let mut devices = Vec::new();
    for n in 1..=options.devices {
        devices.push((Device::new(n).await?, folder(n)));
    }
    project.admit(devices.iter().map(|(device, folder)| (device, *folder)))?;
    project.tell(relay.address()).await?;
    let mut ready = Vec::new();
    for (device, folder) in devices {
        let mut shelf = Shelf::default();
        for _ in 0..options.envelopes {
            shelf.write(project.id(), &device.device, folder, options.bytes)?;
        }
        let talk = device.meet(relay.address(), &project.genesis).await?;
        ready.push((device, shelf, talk));
    }
    let (count_all, bytes_all) =
        ready.iter().fold((0, 0), |(n, bytes), (_, shelf, _)| (n + shelf.count(), bytes + shelf.bytes()));

    let (began, cpu) = (Instant::now(), relay.cpu_seconds()?);
    let mut running = JoinSet::new();
    for (device, mut shelf, mut talk) in ready {
        running.spawn(async move {
            talk.sync(&mut shelf).await?;
            talk.end();
            device.close().await;
            anyhow::Ok(Instant::now())
        });
    }
    while let Some(ended) = running.join_next().await {
        ended??;
    }
    let (seconds, cpu) = (began.elapsed().as_secs_f64(), relay.cpu_seconds()? - cpu);
    let mut report = Report::default();
    report.add("envelopes", count(count_all), "");
    report.add("bytes of an envelope", count(bytes_all) / count(count_all), "B");
    report.add("time", seconds, "s");
    report.add("stored and confirmed", count(count_all) / seconds, "envelopes/s");
    report.add("CPU of the relay", cpu, "s");
    report.add("stored per second of the relay's CPU", count(count_all) / cpu, "envelopes/s");
    report.add("memory of the relay", relay.resident_bytes()? / 1e6, "MB");
    Ok(report)
}
