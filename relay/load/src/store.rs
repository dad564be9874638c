//! Many devices put what they write.

use std::collections::VecDeque;

use clap::Args;
use enginus_model::ProjectId;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::device::{Device, News, Next, Talk};
use crate::program::Program;
use crate::project::{Project, folder};
use crate::report::{Report, count};
use crate::shelf::Shelf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Devices that write, each in a folder of its own
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    devices: u32,
    /// Projects that they are spread over
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    projects: u32,
    /// Envelopes of each device
    #[arg(long, default_value_t = 2000)]
    envelopes: usize,
    /// Bytes of an envelope, sealed and signed
    #[arg(long, default_value_t = 600)]
    bytes: usize,
    /// Envelopes of a device that the relay has not confirmed yet; 0 puts all at once, as after a time without a connection
    #[arg(long, default_value_t = 128)]
    window: usize,
}

/// A device with its session and what it will put.
struct Writer {
    device: Device,
    talk: Talk,
    waiting: VecDeque<Vec<u8>>,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let writers = writers(options, relay).await?;
    let all = writers.iter().flat_map(|writer| &writer.waiting);
    let (envelopes, bytes) = all.fold((0, 0), |(n, bytes), envelope| (n + 1, bytes + envelope.len()));

    let (began, before) = (Instant::now(), relay.cpu()?);
    let mut running = JoinSet::new();
    for writer in writers {
        running.spawn(put(writer, options.window));
    }
    let mut ended = began;
    let mut devices = Vec::new();
    while let Some(done) = running.join_next().await {
        let (device, talk, at) = done??;
        ended = ended.max(at);
        devices.push((device, talk));
    }
    let (seconds, cpu) = ((ended - began).as_secs_f64(), relay.cpu()?.since(before));
    let mut report = Report::default();
    report.add("envelopes", count(envelopes), "");
    report.add("bytes of an envelope", count(bytes) / count(envelopes), "B");
    report.add("time", seconds, "s");
    report.add("stored and confirmed", count(envelopes) / seconds, "envelopes/s");
    report.add_cpu(cpu, count(envelopes));
    report.add("memory of the relay", relay.resident_bytes()? / 1e6, "MB");
    for (device, talk) in devices {
        talk.end();
        device.close().await;
    }
    Ok(report)
}

/// Devices that are members, have a session, and have written everything before the clock runs.
async fn writers(options: &Options, relay: &Program) -> anyhow::Result<Vec<Writer>> {
    let mut writers = Vec::new();
    for at in 0..options.projects.min(options.devices) {
        let mut project = Project::new(1_000_000 + at).await?;
        let mut devices = Vec::new();
        for n in (at..options.devices).step_by(options.projects as usize) {
            devices.push((Device::new(n).await?, folder(n)));
        }
        project.admit(devices.iter().map(|(device, folder)| (device, *folder)))?;
        project.tell(relay.address()).await?;
        let mut sealing = JoinSet::new();
        for (device, folder) in devices {
            let (id, count, bytes) = (project.id(), options.envelopes, options.bytes);
            sealing
                .spawn_blocking(move || sealed(id, &device, folder, (count, bytes)).map(|waiting| (device, waiting)));
        }
        while let Some(done) = sealing.join_next().await {
            let (device, waiting) = done??;
            let talk = device.meet(relay.address(), &project.genesis).await?;
            writers.push(Writer { device, talk, waiting });
        }
        project.owner.close().await;
    }
    Ok(writers)
}

fn sealed(
    project: ProjectId,
    device: &Device,
    folder: enginus_model::DomainId,
    (count, bytes): (usize, usize),
) -> anyhow::Result<VecDeque<Vec<u8>>> {
    let mut written = Shelf::default();
    for _ in 0..count {
        written.write(project, &device.device, folder, bytes)?;
    }
    Ok(written.into_envelopes().collect())
}

/// Puts everything; answers when the last of it was confirmed.
async fn put(writer: Writer, window: usize) -> anyhow::Result<(Device, Talk, Instant)> {
    let Writer { device, mut talk, mut waiting } = writer;
    let (window, mut shelf) = (if window == 0 { usize::MAX } else { window }, Shelf::default());
    let (mut written, mut confirmed, mut failed) = (0, 0, None);
    let next = |shelf: &mut Shelf, news: News| {
        // A log is numbered from 1 without a gap, and nobody else writes in this folder.
        let newest = news.confirmed.iter().filter_map(|tip| usize::try_from(tip.tip.seq).ok()).max();
        confirmed = newest.unwrap_or_default().max(confirmed);
        let room = window.saturating_sub(written - confirmed).min(waiting.len());
        let tips: anyhow::Result<Vec<_>> = waiting.drain(..room).map(|bytes| shelf.put_own(&bytes)).collect();
        written += room;
        match tips {
            Ok(tips) if !tips.is_empty() => Next::Wrote(tips),
            Ok(_) if confirmed < written => Next::Listen,
            Ok(_) => Next::End,
            Err(error) => {
                failed = Some(error);
                Next::End
            }
        }
    };
    talk.put(&mut shelf, next).await?;
    failed.map_or(Ok(()), Err)?;
    Ok((device, talk, Instant::now()))
}
