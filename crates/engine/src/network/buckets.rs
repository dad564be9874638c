//! Exchange with the project's buckets: two devices that share nothing else meet here.
//!
//! What a bucket holds is what its listing says, not what this device remembers: everything is listed once after the start, before a
//! report and now and then. In between only what follows the newest entries is asked for. Whatever is wrong with what others put
//! there, what this device has is given.

mod files;
mod receive;
mod send;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use enginus_envelope::Tip;
use enginus_model::{LogId, ProjectId};
use enginus_vault::{Bucket, BucketError, BucketOptions};
use tokio::time::Instant;

use super::Network;
use crate::api::Failure;
use crate::engine::{SharedProject, blocking, lock};
use crate::project::Project;

/// Between two looks into a bucket while the device runs.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Between two looks at everything it holds.
const WHOLE_EVERY: Duration = Duration::from_secs(3600);

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// What came since.
    News,
    /// Everything.
    Whole,
}

/// What one exchange did.
#[derive(Debug, Default)]
pub(super) struct Exchanged {
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) objects_sent: u64,
    /// Something in the bucket could not be used; everything else was.
    pub(super) problem: Option<Failure>,
}

impl Exchanged {
    /// The first thing that was wrong is told.
    fn note(&mut self, problem: Option<Failure>) {
        self.problem = self.problem.take().or(problem);
    }
}

/// Every bucket that was looked into, by project and address.
pub(super) type Shelves = BTreeMap<(ProjectId, String), Arc<tokio::sync::Mutex<Shelf>>>;

/// What is known of a bucket's content. Whoever exchanges with the bucket holds it, one at a time.
#[derive(Default)]
pub(crate) struct Shelf {
    /// When everything was listed last.
    whole: Option<Instant>,
    /// Listed entries that are not yet known to be among those up to `given`.
    listed: BTreeSet<Tip>,
    /// The bucket has everything that arrived here up to this number.
    given: u64,
    /// Logs of which something is not to be had: the newest entry listed then, and what was wrong.
    in_vain: BTreeMap<LogId, (Tip, Option<Failure>)>,
}

/// Opens every bucket of a project, each with its own result.
pub(super) async fn open_all(project: &SharedProject) -> Result<Vec<(String, Result<Bucket, BucketError>)>, Failure> {
    let shared = project.clone();
    let (id, urls) = blocking(move || {
        let project = lock(&shared);
        Ok((project.id(), project.bucket_urls()))
    })
    .await?;
    let mut buckets = Vec::new();
    for url in urls {
        let opened = Bucket::open(&url, id, &BucketOptions::from_environment()).await;
        buckets.push((url, opened));
    }
    Ok(buckets)
}

/// Looks into every bucket now and then, and after every change.
pub(super) async fn keep_up(network: Arc<Network>) {
    let stop = network.stopping();
    let mut changes = network.engine.changes();
    loop {
        for project in network.engine.projects() {
            let done = tokio::select! {
                () = stop.cancelled() => return,
                done = exchange_all(&network, &project, Look::News) => done,
            };
            if let Err(failure) = done {
                tracing::warn!("the buckets could not be used: {failure}");
            }
        }
        // A burst of changes is one look.
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
            changed = async { tokio::time::sleep(Duration::from_secs(2)).await; changes.changed().await } => {
                if changed.is_err() { return }
            }
        }
    }
}

/// Exchanges with every bucket of a project: address, what was done or what was wrong.
pub(super) async fn exchange_all(
    network: &Arc<Network>,
    project: &SharedProject,
    look: Look,
) -> Result<Vec<(String, Result<Exchanged, Failure>)>, Failure> {
    let shared = project.clone();
    let id = blocking(move || Ok(lock(&shared).id())).await?;
    let mut results = Vec::new();
    for (url, opened) in open_all(project).await? {
        let result = match opened {
            Ok(bucket) => {
                let shelf = lock(&network.shelves).entry((id, url.clone())).or_default().clone();
                let mut shelf = shelf.lock().await;
                exchange(network, (id, project), &bucket, &mut shelf, look).await
            }
            Err(error) => Err(error.into()),
        };
        results.push((url, result));
    }
    if !results.is_empty()
        && let Some(published) = network.engine.published(&id)
    {
        let problem = |result: &Result<Exchanged, Failure>| match result {
            Ok(exchanged) => exchanged.problem.as_ref().map(ToString::to_string),
            Err(failure) => Some(failure.to_string()),
        };
        let shown = results.iter().map(|(url, result)| (url.clone(), problem(result))).collect();
        published.surroundings(|surroundings| surroundings.buckets = shown);
    }
    Ok(results)
}

/// Takes, then gives. What cannot be taken keeps nothing from being given.
async fn exchange(
    network: &Arc<Network>,
    (id, project): (ProjectId, &SharedProject),
    bucket: &Bucket,
    shelf: &mut Shelf,
    look: Look,
) -> Result<Exchanged, Failure> {
    let whole = look == Look::Whole || shelf.whole.is_none_or(|at| at.elapsed() > WHOLE_EVERY);
    let began = Instant::now();
    let mut exchanged = Exchanged::default();
    let shared = project.clone();
    let own = blocking(move || Ok(lock(&shared).tips())).await?;
    let received = receive::receive(project, bucket, shelf, whole, &mut exchanged).await;
    if exchanged.received > 0 {
        super::joining::introduce(&network.engine, project).await?;
        network.want_files(id);
        network.project_changed();
    }
    if whole {
        files::confirm(project, bucket).await?;
    }
    files::send(network, (id, project), bucket, &mut exchanged).await?;
    exchanged.sent = send::send(project, bucket, shelf, &network.stopping()).await?;
    received?;
    if whole {
        shelf.whole = Some(began);
    }
    let shared = project.clone();
    blocking(move || {
        lock(&shared).confirm(None, own);
        Ok(())
    })
    .await?;
    Ok(exchanged)
}

/// Takes and gives envelopes, as every exchange does, without the files.
#[cfg(feature = "simulation")]
pub(crate) async fn exchange_envelopes(
    project: &SharedProject,
    bucket: &Bucket,
    shelf: &mut Shelf,
    whole: bool,
) -> Result<u64, Failure> {
    let mut exchanged = Exchanged::default();
    let received = receive::receive(project, bucket, shelf, whole, &mut exchanged).await;
    send::send(project, bucket, shelf, &tokio_util::sync::CancellationToken::new()).await?;
    received?;
    Ok(exchanged.received)
}

impl Project {
    /// The project's buckets: from its settings, or from what led here while it is on its way.
    pub(crate) fn bucket_urls(&self) -> Vec<String> {
        match self.waiting() {
            Some(waiting) if self.settings().buckets.is_empty() => waiting.buckets.clone(),
            _ => self.settings().buckets.clone(),
        }
    }
}
