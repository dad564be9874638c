//! Everything that is kept, in one file, and back again.
//!
//! A backup holds what devices sealed and nothing that opens it. It does not hold the relay's own key: back up `identity.key`, or the
//! secret it comes from, apart from this. When a project was opened here and when its snapshots came is not told by every engine:
//! restored, these carry the time of the backup.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use enginus_envelope::{DomainTip, Tip};
use enginus_model::{Hash, Instant, LogId, ProjectId};
use enginus_sync::Cursor;

use super::backup_file::{Entry, Reader, Writer};
use super::walk::{domains, logs, piece};
use crate::storage::{ProjectView, Record, Storage, StorageError};

/// Why there is no backup, or no restoring.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The file.
    #[error("the backup {path} cannot be read or written: {source}; check its folder, free space and rights")]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is no backup of a relay.
    #[error("the file is no backup of a relay; name one that `enginus-relay backup` wrote")]
    NotABackup,
    /// It is not what was written.
    #[error("the backup is damaged: its hash does not match; nothing was restored from here on, use another backup")]
    Damaged,
}

/// What was written or read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Projects.
    pub projects: u64,
    /// Records of their journals.
    pub records: u64,
    /// Objects.
    pub objects: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} projects, {} records, {} objects", self.projects, self.records, self.objects)
    }
}

/// The file that a backup to `place` writes: `place` itself, or a file named after the time in it where it is a folder.
#[must_use]
pub fn file_at(place: &Path, now: Instant) -> PathBuf {
    if !place.is_dir() {
        return place.to_owned();
    }
    let name: String = now.to_string().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    place.join(format!("enginus-relay-{name}.backup"))
}

/// Writes `projects`, or all, to a new file. Files are written as they are read: large objects never stand in memory together.
///
/// # Errors
/// [`BackupError`]; the file is then not there.
pub async fn write(
    storage: &dyn Storage,
    projects: Option<&[ProjectId]>,
    path: &Path,
    now: Instant,
) -> Result<Report, BackupError> {
    let failed = |source| BackupError::Io { path: path.to_owned(), source };
    let all = match projects {
        Some(projects) => projects.to_vec(),
        None => storage.projects().await?,
    };
    let mut report = Report::default();
    let mut out = Writer::create(path).map_err(failed)?;
    for project in all {
        let view = storage.view(project).await?;
        report.projects += 1;
        out.entry(&Entry::Project(project)).map_err(failed)?;
        let mut records = |records: Vec<Record>, out: &mut Writer| {
            report.records += records.len() as u64;
            out.entry(&Entry::Records(records)).map_err(failed)
        };
        records(vec![Record::Opened { genesis: view.genesis()?, at: now }], &mut out)?;
        for object in storage.objects(project).await? {
            // One that is damaged or was let go meanwhile is not in the backup.
            if let Some(bytes) = storage.object(project, object.name).await? {
                report.objects += 1;
                out.entry(&Entry::Object { name: object.name, bytes }).map_err(failed)?;
            }
        }
        let statements = view.statements(0)?;
        for some in statements.chunks(256) {
            records(some.iter().map(|(_, statement)| Record::Statement(statement.clone())).collect(), &mut out)?;
        }
        let mut gone = Vec::new();
        for (domain, log) in logs(&view.tips()?) {
            let mut after = Cursor::START;
            let mut first = None;
            while let Some((entries, next)) = piece(&*view, &domain, &log, after)? {
                if first.is_none() {
                    let header = entries.first().and_then(|(_, envelope)| envelope.as_ref()).map(|e| &e.header);
                    first = Some(header.map(|header| (header.seq, header.prev)));
                }
                let bytes = entries.into_iter().map(|(bytes, _)| Record::Envelope(bytes)).collect();
                records(bytes, &mut out)?;
                let Some(next) = next else { break };
                after = next;
            }
            gone.extend(let_go_before(&*view, log, first.flatten())?);
        }
        if !gone.is_empty() {
            records(vec![Record::LetGo { up_to: gone }], &mut out)?;
        }
        let rest = standing(&*view, now)?;
        if !rest.is_empty() {
            records(rest, &mut out)?;
        }
    }
    out.finish().map_err(failed)?;
    Ok(report)
}

/// The tips up to which a log was let go: what the first envelope that is left names as its predecessor; its own tips where none is
/// left.
fn let_go_before(
    view: &dyn ProjectView,
    log: LogId,
    first: Option<(u64, Hash)>,
) -> Result<Vec<DomainTip>, StorageError> {
    let tips = view.tips()?.into_iter().filter(|tip| tip.tip.log == log);
    Ok(match first {
        Some((seq, _)) if seq <= 1 => Vec::new(),
        Some((seq, prev)) => {
            tips.take(1).map(|tip| DomainTip { tip: Tip { log, seq: seq - 1, hash: prev }, ..tip }).collect()
        }
        None => tips.collect(),
    })
}

/// Snapshots on offer and acknowledgements.
fn standing(view: &dyn ProjectView, at: Instant) -> Result<Vec<Record>, StorageError> {
    let mut records = Vec::new();
    for domain in domains(&view.tips()?) {
        let offers = view.snapshots(&domain)?;
        records.extend(offers.into_iter().map(|offer| Record::Snapshot { domain, offer, at }));
    }
    let acknowledged = view.acknowledged()?.into_iter();
    records.extend(acknowledged.map(|(device, tips, at)| Record::Acknowledged { device, tips, at }));
    Ok(records)
}

/// Puts everything of a backup into a storage. What is there stays and is not doubled.
///
/// # Errors
/// [`BackupError`]; what came before stands, and restoring again is harmless.
pub async fn restore(storage: &dyn Storage, path: &Path) -> Result<Report, BackupError> {
    let mut report = Report::default();
    let mut of: Option<ProjectId> = None;
    let mut input = Reader::open(path)?;
    let mut seen: BTreeMap<ProjectId, ()> = BTreeMap::new();
    while let Some(entry) = input.next()? {
        match (entry, of) {
            (Entry::Project(project), _) => {
                of = Some(project);
                report.projects += u64::from(seen.insert(project, ()).is_none());
            }
            (Entry::Records(records), Some(project)) => {
                report.records += records.len() as u64;
                storage.append(project, records).await?;
            }
            (Entry::Object { name, bytes }, Some(project)) => {
                // A storage believes its caller, so the caller checks.
                if Hash::of(&bytes) != name {
                    return Err(BackupError::Damaged);
                }
                report.objects += 1;
                storage.put_object(project, name, bytes).await?;
            }
            (_, None) => return Err(BackupError::Damaged),
        }
    }
    Ok(report)
}
