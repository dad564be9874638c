//! From an edit on one device to the row on others, through the relay alone.
//!
//! The figure begins when the command is handed to the writer's engine and ends when the reader's engine has published a snapshot whose
//! row has the new value: the right to write checked, the change made, sealed, signed and committed, the way to the relay, its own
//! durable storing, the way on, the verification, the second commit and the projection. Drawing the row in a window is not in it.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use enginus_access::Ticket;
use enginus_engine::api::{Answer, Command, InviteTerms, JoinState, NewDocument, ProjectSnapshot};
use enginus_engine::{Engine, NetworkOptions, Options as EngineOptions};
use enginus_net::RelayAddress;
use futures::future::try_join_all;
use tokio::time::{Instant, interval, timeout};

use crate::program::Program;
use crate::report::{Report, count, percentile};

const PATIENCE: Duration = Duration::from_secs(60);
const PATIENCE_MS: u64 = 60_000;
const NUMBER: &str = "SP-001";
const TITLE: &str = "LAYOUT";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Edits
    #[arg(long, default_value_t = 400)]
    edits: usize,
    /// Milliseconds between two of them, whether the one before has arrived or not
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Devices that wait for each
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    readers: u32,
}

/// One edit.
struct Edit {
    handed_over: Instant,
    acknowledged: Instant,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let owner = owner(relay).await?;
    let mut readers = Vec::new();
    for n in 1..=options.readers {
        readers.push(joined(&owner, relay.folder(), &format!("reader {n}")).await?);
    }
    let before = relay.cpu()?;
    let every = Duration::from_millis(options.every);
    let watching = try_join_all(readers.iter().map(|reader| seen(reader, options.edits)));
    let work = async { tokio::try_join!(write(&owner, options.edits, every), watching) };
    let within = PATIENCE + every * u32::try_from(options.edits)?;
    let (edits, seen) = timeout(within, work).await.context("a row never came")??;
    let cpu = relay.cpu()?.since(before);
    for engine in readers.iter().chain([&owner]) {
        only_through_the_relay(engine).await?;
    }

    let arrived = |(edit, seen): (&Edit, &Instant)| (*seen - edit.handed_over).as_secs_f64() * 1e3;
    let mut times: Vec<f64> = seen.iter().flat_map(|seen| edits.iter().zip(seen).map(arrived)).collect();
    let own = |edit: &Edit| (edit.acknowledged - edit.handed_over).as_secs_f64() * 1e3;
    let mut acknowledged: Vec<f64> = edits.iter().map(own).collect();
    times.sort_by(f64::total_cmp);
    acknowledged.sort_by(f64::total_cmp);
    let mut report = Report::default();
    report.add("edits", count(edits.len()), "");
    report.add("readers", f64::from(options.readers), "");
    for (what, percent) in [("edit to row, p50", 50), ("edit to row, p90", 90), ("edit to row, p99", 99)] {
        report.add(what, percentile(&times, percent), "ms");
    }
    report.add("edit to row, longest", times.last().copied().unwrap_or(f64::NAN), "ms");
    report.add("acknowledged on the writer's device, p50", percentile(&acknowledged, 50), "ms");
    report.add("CPU of the relay", cpu.relay, "s");
    for engine in readers.into_iter().chain([owner]) {
        engine.close().await;
    }
    Ok(report)
}

/// Edits one row at a steady pace.
async fn write(owner: &Engine, edits: usize, every: Duration) -> anyhow::Result<Vec<Edit>> {
    let (mut pace, mut done) = (interval(every), Vec::new());
    for n in 0..edits {
        let fields = vec![("title".to_owned(), format!("{TITLE} {n}"))];
        let edit = Command::DocEdit { project: None, number: NUMBER.to_owned(), fields };
        pace.tick().await;
        let handed_over = Instant::now();
        owner.run(edit).finish().await?;
        done.push(Edit { handed_over, acknowledged: Instant::now() });
    }
    Ok(done)
}

/// When each edit was shown. One that another had overtaken before it could be shown counts from when the later one was.
async fn seen(reader: &Engine, edits: usize) -> anyhow::Result<Vec<Instant>> {
    let (mut changes, mut seen) = (reader.changes(), Vec::new());
    loop {
        if let Some(newest) = newest(&*window(reader)?) {
            let now = Instant::now();
            seen.resize(seen.len().max(newest + 1), now);
        }
        if seen.len() >= edits {
            return Ok(seen);
        }
        changes.changed().await?;
    }
}

/// The number of the edit that is shown.
fn newest(shown: &ProjectSnapshot) -> Option<usize> {
    let mut rows = shown.folders.iter().flat_map(|folder| folder.view.rows());
    rows.find_map(|row| row.title.strip_prefix(TITLE)?.trim().parse().ok())
}

async fn owner(relay: &Program) -> anyhow::Result<Engine> {
    let owner = device(relay.folder(), "owner").await?;
    // Without the side through which they would find each other.
    let address = RelayAddress { web: None, ..relay.address().clone() }.to_string();
    let create = Command::ProjectCreate {
        name: "Load".to_owned(),
        template: "ges".to_owned(),
        buckets: Vec::new(),
        relays: vec![address],
        language: "en".to_owned(),
    };
    owner.run(create).finish().await?;
    let document = NewDocument { number: NUMBER.to_owned(), title: TITLE.to_owned(), ..NewDocument::default() };
    let plan = Command::DocPlan {
        project: None,
        folder: "Projects".to_owned(),
        documents: vec![document],
        reason: "to be edited".to_owned(),
    };
    owner.run(plan).finish().await?;
    Ok(owner)
}

async fn device(folder: &Path, name: &str) -> anyhow::Result<Engine> {
    let network = NetworkOptions { at_once: true, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
    let engine = Engine::open(EngineOptions { home: folder.join(name), network }).await?;
    engine.run(Command::Init { name: name.to_owned(), organisation: None, email: None }).finish().await?;
    Ok(engine)
}

/// Somebody who joined with the relay alone: where the owner is, the ticket does not say.
async fn joined(owner: &Engine, folder: &Path, name: &str) -> anyhow::Result<Engine> {
    let invite = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: InviteTerms::default(),
    };
    let Answer::Invitation(invitation) = owner.run(invite).finish().await? else { bail!("no ticket") };
    let reader = device(folder, name).await?;
    let mut ticket: Ticket = invitation.ticket.parse()?;
    ticket.addresses.clear();
    let join = Command::Join { ticket: ticket.to_string(), wait_ms: PATIENCE_MS };
    let Answer::Joined(JoinState::Joined { .. }) = reader.run(join).finish().await? else { bail!("not joined") };
    Ok(reader)
}

/// A figure of another way would be none of the relay's.
async fn only_through_the_relay(engine: &Engine) -> anyhow::Result<()> {
    let sync = Command::SyncOnce { project: None, wait_ms: PATIENCE_MS };
    let Answer::Synced(report) = engine.run(sync).finish().await? else { bail!("no report of an exchange") };
    let reached: Vec<&str> = report.sides.iter().filter(|side| side.reachable).map(|side| side.kind.as_str()).collect();
    ensure!(reached == ["relay"], "devices reached each other by another way: {reached:?}");
    Ok(())
}

fn window(engine: &Engine) -> anyhow::Result<std::sync::Arc<ProjectSnapshot>> {
    let id = engine.home().projects.first().context("a project")?.id;
    engine.project(&id).context("its snapshot")
}
