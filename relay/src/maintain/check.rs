//! Whether what is stored is what was stored: every record decodes and is signed, every hash and object matches.

use std::fmt;

use enginus_access::{Genesis, SignedStatement};
use enginus_model::{Hash, ProjectId};
use enginus_sync::Cursor;

use super::walk::{domains, logs, piece};
use crate::admission::short_hash;
use crate::storage::{ProjectView, Storage, StorageError};

/// The most faults that are told one by one.
const MAX_TOLD: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Projects looked at.
    pub projects: u64,
    /// Envelopes that decode, are signed and stand in their log.
    pub envelopes: u64,
    /// Statements that decode and are signed.
    pub statements: u64,
    /// Objects whose bytes are their name's.
    pub objects: u64,
    /// How many faults there are.
    pub faults: u64,
    /// The first of them, each with its project's short hash.
    pub told: Vec<String>,
}

impl Report {
    fn fault(&mut self, project: &ProjectId, what: impl fmt::Display) {
        self.faults += 1;
        if self.told.len() < MAX_TOLD {
            self.told.push(format!("project {}: {what}", short_hash(project)));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told.iter().try_for_each(|fault| writeln!(f, "{fault}"))?;
        write!(
            f,
            "{} projects, {} envelopes, {} statements, {} objects are sound; {} faults.",
            self.projects, self.envelopes, self.statements, self.objects, self.faults
        )?;
        if self.faults > 0 {
            write!(f, " Restore a backup; devices send again what they hold and the relay lacks.")?;
        }
        Ok(())
    }
}

/// Checks everything. An engine lets a damaged object go when it is read: it counts as a fault, and devices put it again.
///
/// # Errors
/// [`StorageError`] where the storage as a whole cannot be read.
pub async fn check(storage: &dyn Storage) -> Result<Report, StorageError> {
    let mut report = Report::default();
    for project in storage.projects().await? {
        report.projects += 1;
        match storage.view(project).await {
            Ok(view) => {
                if let Err(error) = check_journal(&project, &*view, &mut report) {
                    report.fault(&project, error);
                }
                check_objects(storage, project, &*view, &mut report).await?;
            }
            Err(error) => report.fault(&project, error),
        }
    }
    Ok(report)
}

fn check_journal(project: &ProjectId, view: &dyn ProjectView, report: &mut Report) -> Result<(), StorageError> {
    match Genesis::decode(&view.genesis()?) {
        Ok(genesis) if genesis.project_id() == *project => {}
        Ok(_) => report.fault(project, "its genesis record is another project's"),
        Err(_) => report.fault(project, "its genesis record does not decode"),
    }
    for (_, bytes) in view.statements(0)? {
        match SignedStatement::decode(&bytes) {
            Ok(_) => report.statements += 1,
            Err(error) => report.fault(project, format!("a statement of its access list: {error}")),
        }
    }
    for (domain, log) in logs(&view.tips()?) {
        let mut after = Cursor::START;
        while let Some((entries, next)) = piece(view, &domain, &log, after)? {
            for (_, envelope) in &entries {
                let Some(envelope) = envelope else {
                    report.fault(project, format!("an envelope of log {log} does not decode"));
                    continue;
                };
                let header = &envelope.header;
                if header.project != *project || header.log() != log || header.domain != domain {
                    report.fault(project, format!("envelope {} of log {log} belongs elsewhere", header.seq));
                } else if let Err(error) = envelope.verify() {
                    report.fault(project, format!("envelope {} of log {log}: {error}", header.seq));
                } else {
                    report.envelopes += 1;
                }
            }
            let Some(next) = next else { break };
            after = next;
        }
    }
    Ok(())
}

async fn check_objects(
    storage: &dyn Storage,
    project: ProjectId,
    view: &dyn ProjectView,
    report: &mut Report,
) -> Result<(), StorageError> {
    let listed = storage.objects(project).await?;
    for object in &listed {
        match storage.object(project, object.name).await? {
            Some(bytes) if Hash::of(&bytes) == object.name && bytes.len() as u64 == object.bytes => report.objects += 1,
            _ => report.fault(&project, format!("object {} is damaged or gone", object.name.short())),
        }
    }
    let tips = view.tips().unwrap_or_default();
    for domain in domains(&tips) {
        for offer in view.snapshots(&domain).unwrap_or_default() {
            if !listed.iter().any(|object| object.name == offer.id && object.bytes == offer.size) {
                report.fault(&project, format!("snapshot {} is listed but not among the objects", offer.id.short()));
            }
        }
    }
    Ok(())
}
