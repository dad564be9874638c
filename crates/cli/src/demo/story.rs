//! What happens in the demo.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _};
use enginus_engine::api::{Answer, Command, DocumentListing, Failure, FailureKind, FileToAdd, JoinState};
use enginus_engine::{Engine, NetworkOptions, Options};
use enginus_model::Sha256;
use fluent_bundle::FluentValue;
use tokio::time::Instant;

use super::pdf::{self, Sheet};
use crate::Call;

/// Documents of the demo: folder, discipline, form, title, reason.
const DOCUMENTS: [(&str, &str, &str, &str, &str); 21] = [
    ("Connection Assessment", "E", "LT", "CONNECTION PETITION", "submitted to the grid operator"),
    ("Connection Assessment", "E", "DR", "CONNECTION SINGLE LINE", "asked for by the grid operator"),
    ("Connection Assessment", "Z", "AG", "CONNECTION AGREEMENT", "signed copy received"),
    ("Projects", "E", "DR", "SINGLE LINE DIAGRAM", "issued for review"),
    ("Projects", "C", "DR", "SITE LAYOUT", "issued for review"),
    ("Projects", "E", "CA", "SHORT CIRCUIT CALCULATION", "basis of the switchgear order"),
    ("Project Supporting Documents", "Z", "AG", "CONTRACT", "signed by both parties"),
    ("Project Supporting Documents", "Z", "BQ", "BILL OF QUANTITIES", "basis of the payment requests"),
    ("Project Supporting Documents", "Z", "LT", "AUTHORITY LETTER", "zoning permit received"),
    ("Materials", "E", "CE", "MODULE CERTIFICATE", "delivered with the first container"),
    ("Materials", "E", "RP", "INVERTER TEST REPORT", "factory acceptance"),
    ("Materials", "Z", "PL", "PACKING LIST", "first shipment"),
    ("Site Control Forms", "C", "FR", "PILE SURVEY BLOCK 1", "control before racking"),
    ("Site Control Forms", "E", "FR", "STRING MEASUREMENTS BLOCK 1", "control before energisation"),
    ("Site Control Forms", "E", "FR", "EARTHING RESISTANCE", "control before energisation"),
    ("General Control", "Z", "LT", "ACCEPTANCE PETITION", "ready for acceptance"),
    ("General Control", "E", "RP", "RELAY SETTINGS", "checked with the grid operator"),
    ("General Control", "Z", "RP", "PUNCH LIST", "walk-through with the consultant"),
    ("Payment Requests", "Z", "PC", "PAYMENT REQUEST 1 COVER", "first period"),
    ("Payment Requests", "Z", "PC", "PAYMENT REQUEST 1 WORKS LIST", "first period"),
    ("Payment Requests", "Z", "PC", "PAYMENT REQUEST 1 ATTACHMENTS", "first period"),
];
const PROJECT: &str = "Sample Solar Plant";
const WAIT_MS: u64 = 20_000;

/// One of the two devices.
struct Device {
    home: PathBuf,
    engine: Engine,
}

/// What the owner added: number → digest.
type Added = BTreeMap<String, Sha256>;

pub(super) async fn tell(call: &Call, dir: PathBuf) -> Result<PathBuf, Failure> {
    let begun = Instant::now();
    say(call, "demo-title", &[("dir", shown(&dir))]);
    let mut step = 0;
    let mut next = |id: &str, arguments: &[(&str, FluentValue<'_>)]| {
        step += 1;
        let text = call.texts.say(id, &arguments.iter().map(|(k, v)| (*k, v.clone())).collect::<Vec<_>>());
        say(call, "demo-step", &[("number", FluentValue::from(step)), ("text", text.into())]);
    };

    next("demo-owner", &[]);
    let owner = device(&dir, "owner", "Owner").await?;
    let create = Command::ProjectCreate {
        name: PROJECT.to_owned(),
        template: "ges".to_owned(),
        buckets: Vec::new(),
        relays: Vec::new(),
        language: call.language.code().to_owned(),
    };
    owner.engine.run(create).finish().await?;
    let added = add_all(&dir, &owner).await?;
    next("demo-add", &[("count", count(added.len()))]);

    let (owner, contractor) = (online(owner).await?, online(device(&dir, "contractor", "Contractor").await?).await?);
    let joined = join(&owner, &contractor).await?;
    next("demo-join", &[("count", count(joined.len()))]);

    let (revised, retitled) = (joined[3].number.clone(), joined[4].number.clone());
    next("demo-offline", &[("number", revised.clone().into()), ("other", retitled.clone().into())]);
    let (owner, contractor) = (offline(owner).await?, offline(contractor).await?);
    for (side, who) in [(&owner, "OWNER"), (&contractor, "CONTRACTOR")] {
        edit(&dir, side, who, &revised, &retitled).await?;
    }

    let (owner, contractor) = (online(owner).await?, online(contractor).await?);
    contractor.engine.run(Command::SyncOnce { project: None, wait_ms: WAIT_MS }).finish().await?;
    let registers = (list(&owner).await?, list(&contractor).await?);
    require(registers.0 == registers.1, "the registers of the two devices differ")?;
    next("demo-sync", &[("count", count(registers.0.len()))]);
    conflicts(&mut next, &contractor, &revised, &retitled).await?;

    let fetched = fetch(&dir, &contractor, &registers.1, &added).await?;
    next("demo-files", &[("count", count(fetched))]);
    let logs = logs(&dir, &owner, &contractor).await?;
    next("demo-logs", &[("count", count(logs))]);

    let homes = (owner.home.clone(), contractor.home.clone());
    contractor.engine.close().await;
    owner.engine.close().await;
    let seconds = format!("{:.1}", begun.elapsed().as_secs_f64());
    say(call, "demo-done", &[("seconds", seconds.into())]);
    say(call, "demo-where-owner", &[("path", shown(&homes.0))]);
    say(call, "demo-where-contractor", &[("path", shown(&homes.1))]);
    say(call, "demo-where-logs", &[("path", shown(&dir.join("logs")))]);
    say(call, "demo-next", &[("path", shown(&homes.0))]);
    Ok(homes.0)
}

fn say(call: &Call, id: &str, arguments: &[(&str, FluentValue<'_>)]) {
    let arguments: Vec<_> = arguments.iter().map(|(name, value)| (*name, value.clone())).collect();
    let _ = writeln!(std::io::stdout(), "{}", call.texts.say(id, &arguments));
}

fn shown(path: &Path) -> FluentValue<'static> {
    path.display().to_string().into()
}

fn count(number: usize) -> FluentValue<'static> {
    FluentValue::from(number)
}

fn require(holds: bool, otherwise: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(Failure::new(FailureKind::Internal, otherwise)) }
}

/// The demo stays on this machine.
fn loopback(at_once: bool) -> NetworkOptions {
    NetworkOptions { at_once, bind: IpAddr::V4(Ipv4Addr::LOCALHOST), mdns: false }
}

async fn device(dir: &Path, folder: &str, name: &str) -> Result<Device, Failure> {
    let home = dir.join(folder);
    let engine = Engine::open(Options { home: home.clone(), network: loopback(false) }).await?;
    engine.run(Command::Init { name: name.to_owned(), organisation: None, email: None }).finish().await?;
    Ok(Device { home, engine })
}

async fn reopen(device: Device, at_once: bool) -> Result<Device, Failure> {
    device.engine.close().await;
    let engine = Engine::open(Options { home: device.home.clone(), network: loopback(at_once) }).await?;
    Ok(Device { home: device.home, engine })
}

async fn online(device: Device) -> Result<Device, Failure> {
    reopen(device, true).await
}

async fn offline(device: Device) -> Result<Device, Failure> {
    reopen(device, false).await
}

async fn add_all(dir: &Path, owner: &Device) -> Result<Added, Failure> {
    let mut added = Added::new();
    for (index, (folder, discipline, form, title, reason)) in (1u32..).zip(DOCUMENTS) {
        let number = format!("SSP-OWN-ZZ-XX-{form}-{discipline}-{index:04}");
        let path = drawing(dir, &number, title, "P01", index)?;
        let file = FileToAdd { path, status: Some("S3".to_owned()), ..FileToAdd::default() };
        let mut running = owner.engine.run(Command::DocAdd {
            project: None,
            folder: folder.to_owned(),
            files: vec![file],
            reason: reason.to_owned(),
        });
        while let Some(update) = running.next().await {
            match update {
                enginus_engine::api::Update::Added(document) => {
                    added.insert(document.number, document.sha256);
                }
                enginus_engine::api::Update::Done(result) => {
                    result?;
                }
                _ => {}
            }
        }
    }
    require(added.len() == DOCUMENTS.len(), "not every document was added")?;
    Ok(added)
}

fn drawing(dir: &Path, number: &str, title: &str, revision: &str, seed: u32) -> Result<PathBuf, Failure> {
    let folder = dir.join("drawings");
    let path = folder.join(format!("{number}_{title}-{revision}.pdf"));
    let bytes = pdf::write(&Sheet { number, title, revision, project: PROJECT, seed });
    std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes)).map_err(|error| {
        Failure::new(FailureKind::Storage, format!("{} cannot be written: {error}", path.display()))
    })?;
    Ok(path)
}

async fn join(owner: &Device, contractor: &Device) -> Result<Vec<DocumentListing>, Failure> {
    let invite = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: enginus_engine::api::InviteTerms::default(),
    };
    let Answer::Invitation(invitation) = owner.engine.run(invite).finish().await? else {
        return Err(Failure::new(FailureKind::Internal, "no ticket was made"));
    };
    let join = Command::Join { ticket: invitation.ticket, wait_ms: WAIT_MS };
    let answer = contractor.engine.run(join).finish().await?;
    require(matches!(answer, Answer::Joined(JoinState::Joined { .. })), "the contractor could not join")?;
    list(contractor).await
}

async fn list(device: &Device) -> Result<Vec<DocumentListing>, Failure> {
    match device.engine.run(Command::DocList { project: None, folder: None, removed: false }).finish().await? {
        Answer::Documents(documents) => Ok(documents),
        _ => Err(Failure::new(FailureKind::Internal, "no list was given")),
    }
}

async fn edit(dir: &Path, side: &Device, who: &str, revised: &str, retitled: &str) -> Result<(), Failure> {
    let seed = u32::try_from(who.len()).unwrap_or(0);
    let path = drawing(dir, revised, &format!("REVISED BY THE {who}"), "P02", seed)?;
    side.engine
        .run(Command::DocRevise {
            project: None,
            number: revised.to_owned(),
            files: vec![path],
            revision: None,
            status: None,
            reason: format!("changed on site by the {}", who.to_lowercase()),
        })
        .finish()
        .await?;
    side.engine
        .run(Command::DocEdit {
            project: None,
            number: retitled.to_owned(),
            fields: vec![("title".to_owned(), format!("SITE LAYOUT ({who})"))],
        })
        .finish()
        .await?;
    let number = format!("SSP-{}-ZZ-XX-FR-C-0100", &who[..3]);
    let path = drawing(dir, &number, "DAILY SITE REPORT", "P01", seed + 7)?;
    side.engine
        .run(Command::DocAdd {
            project: None,
            folder: "Site Control Forms".to_owned(),
            files: vec![FileToAdd { path, ..FileToAdd::default() }],
            reason: "written without a network".to_owned(),
        })
        .finish()
        .await?;
    Ok(())
}

async fn conflicts(
    next: &mut impl FnMut(&str, &[(&str, FluentValue<'_>)]),
    device: &Device,
    revised: &str,
    retitled: &str,
) -> Result<(), Failure> {
    let document = show(device, revised).await?;
    let doubled: Vec<_> = document.all_revisions.iter().filter(|revision| revision.in_conflict).collect();
    require(doubled.len() == 2, "the two revisions made offline are not both shown")?;
    next("demo-conflict", &[("number", revised.to_owned().into()), ("revision", doubled[0].revision.clone().into())]);
    let document = show(device, retitled).await?;
    let conflict = document.conflicts.iter().find(|conflict| conflict.field == "title");
    let conflict = conflict.ok_or_else(|| Failure::new(FailureKind::Internal, "the second title was lost"))?;
    let other = conflict.others.first().map_or_else(String::new, |(value, _)| value.clone());
    next(
        "demo-field",
        &[("number", retitled.to_owned().into()), ("kept", conflict.shown.clone().into()), ("other", other.into())],
    );
    Ok(())
}

async fn show(device: &Device, number: &str) -> Result<Box<enginus_engine::api::DocumentInfo>, Failure> {
    match device.engine.run(Command::DocShow { project: None, number: number.to_owned() }).finish().await? {
        Answer::Document(document) => Ok(document),
        _ => Err(Failure::new(FailureKind::Internal, "no document was given")),
    }
}

/// Fetches every document on the device that did not add it, and compares it with what was added.
async fn fetch(dir: &Path, device: &Device, documents: &[DocumentListing], added: &Added) -> Result<usize, Failure> {
    let folder = dir.join("fetched");
    let mut fetched = 0;
    for document in documents {
        let Some(expected) = added.get(&document.number) else { continue };
        let command = Command::DocGet {
            project: None,
            number: document.id.to_string(),
            revision: Some("P01".to_owned()),
            output: folder.join(format!("{}.pdf", document.number)),
            wait_ms: WAIT_MS,
        };
        match device.engine.run(command).finish().await? {
            Answer::Fetched(files) if files.len() == 1 && files[0].sha256 == *expected => fetched += 1,
            _ => return Err(Failure::new(FailureKind::Internal, format!("{} came back different", document.number))),
        }
    }
    require(fetched == added.len(), "not every file came back")?;
    Ok(fetched)
}

/// Exports every folder's log on both sides and reads them back with another library than the one that wrote them.
async fn logs(dir: &Path, owner: &Device, contractor: &Device) -> Result<usize, Failure> {
    let mut folders: Vec<&str> = DOCUMENTS.iter().map(|document| document.0).collect();
    folders.dedup();
    for folder in &folders {
        let mut rows = Vec::new();
        for (side, device) in [("owner", owner), ("contractor", contractor)] {
            let output = dir.join("logs").join(side).join(format!("{folder}.xlsx"));
            let command = Command::LogExport { project: None, folder: (*folder).to_owned(), output: output.clone() };
            device.engine.run(command).finish().await?;
            rows.push(first_sheet(&output)?);
        }
        require(rows[0].len() > 1 && rows[0] == rows[1], "the logs of the two devices differ")?;
    }
    Ok(folders.len())
}

fn first_sheet(path: &Path) -> Result<Vec<Vec<Data>>, Failure> {
    let unreadable = |error: calamine::Error| {
        Failure::new(FailureKind::Internal, format!("{} cannot be read: {error}", path.display()))
    };
    let mut workbook = calamine::open_workbook_auto(path).map_err(unreadable)?;
    let range = workbook
        .worksheet_range_at(0)
        .ok_or_else(|| Failure::new(FailureKind::Internal, format!("{} has no sheet", path.display())))?
        .map_err(unreadable)?;
    Ok(range.rows().map(<[Data]>::to_vec).collect())
}
