//! From an edit on one device to the row on another, through the relay alone.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use enginus_access::Ticket;
use enginus_engine::api::{Answer, Command, InviteTerms, JoinState, NewDocument, ProjectSnapshot};
use enginus_engine::{Engine, NetworkOptions, Options as EngineOptions};
use enginus_net::RelayAddress;
use tokio::time::{Instant, timeout};

use crate::program::Program;
use crate::report::{Report, count, percentile};

const PATIENCE: Duration = Duration::from_secs(60);
const NUMBER: &str = "SP-001";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Edits
    #[arg(long, default_value_t = 400)]
    edits: usize,
    /// Milliseconds between two of them
    #[arg(long, default_value_t = 50)]
    every: u64,
}

pub(crate) async fn run(options: &Options, relay: &Program) -> anyhow::Result<Report> {
    let owner = device(relay.folder(), "owner").await?;
    // Without the side through which they would find each other.
    let address = RelayAddress { web: None, ..relay.address().clone() }.to_string();
    owner
        .run(Command::ProjectCreate {
            name: "Load".to_owned(),
            template: "ges".to_owned(),
            buckets: Vec::new(),
            relays: vec![address],
            language: "en".to_owned(),
        })
        .finish()
        .await?;
    let plan = Command::DocPlan {
        project: None,
        folder: "Projects".to_owned(),
        documents: vec![NewDocument {
            number: NUMBER.to_owned(),
            title: "LAYOUT".to_owned(),
            ..NewDocument::default()
        }],
        reason: "to be edited".to_owned(),
    };
    owner.run(plan).finish().await?;
    let reader = joined(&owner, relay.folder()).await?;
    let mut times = Vec::new();
    for n in 0..options.edits {
        let title = format!("LAYOUT {n}");
        let edit = Command::DocEdit {
            project: None,
            number: NUMBER.to_owned(),
            fields: vec![("title".to_owned(), title.clone())],
        };
        let mut changes = reader.changes();
        let began = Instant::now();
        let edited = owner.run(edit).finish();
        let seen = async {
            while !window(&reader)?.folders.iter().any(|folder| folder.view.rows().any(|row| *row.title == *title)) {
                changes.changed().await?;
            }
            anyhow::Ok(began.elapsed())
        };
        let (edited, seen) = tokio::join!(edited, timeout(PATIENCE, seen));
        edited?;
        times.push(seen.context("the row never came")??.as_secs_f64() * 1e3);
        tokio::time::sleep(Duration::from_millis(options.every)).await;
    }
    times.sort_by(f64::total_cmp);
    let mut report = Report::default();
    report.add("edits", count(times.len()), "");
    for (what, percent) in [("edit to row, p50", 50), ("edit to row, p90", 90), ("edit to row, p99", 99)] {
        report.add(what, percentile(&times, percent), "ms");
    }
    report.add("edit to row, longest", times.last().copied().unwrap_or(f64::NAN), "ms");
    reader.close().await;
    owner.close().await;
    Ok(report)
}

async fn device(folder: &Path, name: &str) -> anyhow::Result<Engine> {
    let network = NetworkOptions { at_once: true, bind: Ipv4Addr::LOCALHOST.into(), mdns: false };
    let engine = Engine::open(EngineOptions { home: folder.join(name), network }).await?;
    engine.run(Command::Init { name: name.to_owned(), organisation: None, email: None }).finish().await?;
    Ok(engine)
}

/// Somebody who joined with the relay alone: where the owner is, the ticket does not say.
async fn joined(owner: &Engine, folder: &Path) -> anyhow::Result<Engine> {
    let invite = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: InviteTerms::default(),
    };
    let Answer::Invitation(invitation) = owner.run(invite).finish().await? else { bail!("no ticket") };
    let reader = device(folder, "reader").await?;
    let mut ticket: Ticket = invitation.ticket.parse()?;
    ticket.addresses.clear();
    let join = Command::Join { ticket: ticket.to_string(), wait_ms: 60_000 };
    let Answer::Joined(JoinState::Joined { .. }) = reader.run(join).finish().await? else { bail!("not joined") };
    Ok(reader)
}

fn window(engine: &Engine) -> anyhow::Result<std::sync::Arc<ProjectSnapshot>> {
    let id = engine.home().projects.first().context("a project")?.id;
    engine.project(&id).context("its snapshot")
}
