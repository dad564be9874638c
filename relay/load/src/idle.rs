//! Devices that are connected and say nothing.

use std::time::Duration;

use anyhow::Context;
use clap::Args;
use tokio::task::JoinSet;

use crate::device::{Device, Talk};
use crate::process::{own_open_files, own_resident_bytes};
use crate::program::Program;
use crate::project::{Project, folder};
use crate::report::{Report, count};
use crate::shelf::Shelf;

/// How long the relay is left alone before its memory is read.
const SETTLES: Duration = Duration::from_secs(5);
/// Bytes of the one envelope that each project has.
const BYTES: usize = 600;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Devices that connect
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    devices: u32,
    /// After how many more the relay is measured each time
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    step: u32,
    /// Members of one project
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    of_a_project: u32,
}

/// What the relay and this program need at one moment.
struct Need {
    devices: u32,
    relay: f64,
    own: f64,
    files: usize,
}

/// Everybody who is connected.
#[derive(Default)]
struct Crowd {
    devices: u32,
    sessions: JoinSet<anyhow::Result<()>>,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let (mut report, mut crowd) = (Report::default(), Crowd::default());
    let first = Need::now(0, relay)?;
    report.add_at(0, "memory of the relay", first.relay / 1e6, "MB");
    let mut last = Need { ..first };
    while crowd.devices < options.devices {
        let wanted = (crowd.devices + options.step).min(options.devices);
        let grown = crowd.grow(wanted, options.of_a_project, relay).await;
        let before = relay.cpu()?;
        tokio::time::sleep(SETTLES).await;
        let cpu = relay.cpu()?.since(before).relay;
        let need = Need::now(crowd.devices, relay)?;
        need.tell(&mut report, &last);
        report.add_at(need.devices, "CPU of the relay meanwhile", 100.0 * cpu / SETTLES.as_secs_f64(), "% of a core");
        let sessions = relay.sessions()?;
        report.add_at(need.devices, "sessions that the relay counts", sessions, "");
        last = need;
        if let Err(error) = grown.and_then(|()| crowd.look(sessions)) {
            report.stop(format!("with {} of {} devices connected: {error:#}", crowd.devices, options.devices));
            break;
        }
    }
    let devices = f64::from(last.devices);
    if last.devices > 0 {
        report.add("memory of a device, over all", (last.relay - first.relay) / devices / 1e3, "kB");
        report.add("what a device costs here, where it is simulated", (last.own - first.own) / devices / 1e3, "kB");
        report.add("open files and sockets of a device here", count(last.files - first.files) / devices, "");
    }
    Ok(report)
}

impl Need {
    fn now(devices: u32, relay: &Program) -> anyhow::Result<Self> {
        Ok(Self { devices, relay: relay.resident_bytes()?, own: own_resident_bytes()?, files: own_open_files()? })
    }

    fn tell(&self, report: &mut Report, last: &Self) {
        report.add_at(self.devices, "memory of the relay", self.relay / 1e6, "MB");
        if self.devices > last.devices {
            let each = (self.relay - last.relay) / f64::from(self.devices - last.devices);
            report.add_at(self.devices, "memory of each since the step before", each / 1e3, "kB");
        }
    }
}

impl Crowd {
    /// Has more connect, project by project, until there are so many.
    async fn grow(&mut self, wanted: u32, of_a_project: u32, relay: &Program) -> anyhow::Result<()> {
        while self.devices < wanted {
            let count = of_a_project.min(wanted - self.devices);
            self.connect(count, relay).await?;
        }
        Ok(())
    }

    /// Connects the members of one more project.
    async fn connect(&mut self, count: u32, relay: &Program) -> anyhow::Result<()> {
        let mut project = Project::new(1_000_000 + self.devices).await?;
        let mut members = Vec::new();
        for n in self.devices..self.devices + count {
            members.push(Device::new(n).await.context("an endpoint")?);
        }
        project.admit(members.iter().map(|member| (member, folder(1))))?;
        project.tell(relay.address()).await?;
        let mut written = Shelf::default();
        if let Some(first) = members.first() {
            written.write(project.id(), &first.device, folder(1), BYTES)?;
        }
        let mut meeting = JoinSet::new();
        for member in members {
            let (genesis, address) = (project.genesis.clone(), relay.address().clone());
            let mut shelf = std::mem::take(&mut written);
            meeting.spawn(async move {
                let mut talk = member.meet(&address, &genesis).await?;
                talk.sync(&mut shelf).await?;
                anyhow::Ok((member, talk, shelf))
            });
        }
        while let Some(met) = meeting.join_next().await {
            let (member, talk, shelf) = met??;
            self.sessions.spawn(stay(member, talk, shelf));
            self.devices += 1;
        }
        project.owner.close().await;
        Ok(())
    }

    /// Whether everybody who connected still is.
    fn look(&mut self, sessions: f64) -> anyhow::Result<()> {
        while let Some(ended) = self.sessions.try_join_next() {
            ended?.context("a session ended")?;
        }
        anyhow::ensure!(sessions >= f64::from(self.devices), "the relay counts {sessions} sessions only");
        Ok(())
    }
}

/// Keeps a device, its endpoint included, and its session.
async fn stay(member: Device, mut talk: Talk, mut shelf: Shelf) -> anyhow::Result<()> {
    let ended = talk.stay(&mut shelf).await;
    drop(member);
    ended
}
