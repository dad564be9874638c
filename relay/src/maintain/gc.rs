//! Letting objects go that nobody asks for. Envelopes are never touched here.
//!
//! The relay cannot know which objects a project still needs: names of files are sealed. It keeps every snapshot that is on offer,
//! and lets other objects go by age and, past the operator's bound, by when they were last used. A device that misses one gets it
//! from another device or the bucket, and puts it again.

use std::collections::BTreeSet;
use std::fmt;

use enginus_model::{Hash, Instant, ProjectId};

use super::walk::domains;
use crate::config::{Quota, Size};
use crate::storage::{Storage, StorageError, StoredObject};

/// What was let go, or with `dry_run` would be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Objects that nobody asked for in a long time.
    pub unused: u64,
    /// Objects beyond the bound of all together.
    pub beyond: u64,
    /// Bytes of both.
    pub bytes: u64,
    /// Bytes of objects that stay.
    pub kept_bytes: u64,
    /// Nothing was done, only counted.
    pub dry_run: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.dry_run { "would be let go" } else { "were let go" };
        write!(
            f,
            "{} unused objects and {} beyond `quota.cache_bytes` {verb}, {}; {} of objects stay.",
            self.unused,
            self.beyond,
            Size(self.bytes),
            Size(self.kept_bytes)
        )
    }
}

/// Tidies all projects.
///
/// # Errors
/// [`StorageError`]; what was let go before stays gone.
pub async fn collect(
    storage: &dyn Storage,
    quota: &Quota,
    now: Instant,
    dry_run: bool,
) -> Result<Report, StorageError> {
    let mut report = Report { dry_run, ..Report::default() };
    let oldest = now.plus_seconds(-i64::try_from(quota.object_unused.0.as_secs()).unwrap_or(i64::MAX));
    let mut staying: Vec<(StoredObject, ProjectId)> = Vec::new();
    let mut total = 0_u64;
    for project in storage.projects().await? {
        let offered = offered(storage, project).await?;
        for object in storage.objects(project).await? {
            if offered.contains(&object.name) {
                total += object.bytes;
            } else if object.used < oldest {
                report.unused += 1;
                let_go(storage, project, &object, &mut report).await?;
            } else {
                total += object.bytes;
                staying.push((object, project));
            }
        }
    }
    staying.sort_by_key(|(object, project)| (object.used, *project, object.name));
    for (object, project) in staying {
        if total <= quota.cache_bytes.0 {
            break;
        }
        total -= object.bytes;
        report.beyond += 1;
        let_go(storage, project, &object, &mut report).await?;
    }
    report.kept_bytes = total;
    Ok(report)
}

/// The snapshots that joining devices are offered.
async fn offered(storage: &dyn Storage, project: ProjectId) -> Result<BTreeSet<Hash>, StorageError> {
    let view = storage.view(project).await?;
    let mut offered = BTreeSet::new();
    for domain in domains(&view.tips()?) {
        offered.extend(view.snapshots(&domain)?.into_iter().map(|offer| offer.id));
    }
    Ok(offered)
}

async fn let_go(
    storage: &dyn Storage,
    project: ProjectId,
    object: &StoredObject,
    report: &mut Report,
) -> Result<(), StorageError> {
    report.bytes += object.bytes;
    if report.dry_run { Ok(()) } else { storage.remove_object(project, object.name).await }
}
