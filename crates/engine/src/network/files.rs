//! The worker that fetches the files this device keeps and lacks: in passes, each time something may have become available.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use enginus_model::{Hash, ProjectId};
use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::time::sleep;

use super::Network;
use super::sources::Sources;
use crate::api::{Failure, FailureKind, FileState};
use crate::engine::{SharedProject, blocking, lock};
use crate::project::absent_files;

/// Files fetched at the same time.
const FILES_AT_ONCE: usize = 4;
/// A pass that left something missing is followed by another after this, doubled each time up to the longest.
const AGAIN_FIRST: Duration = Duration::from_secs(5);
const AGAIN_LONGEST: Duration = Duration::from_secs(300);

/// Passes of the worker of one project.
pub(super) struct Passes {
    wanted: watch::Sender<u64>,
    finished: watch::Sender<Finished>,
    /// Whether what counts as here is here is to be looked at first.
    doubt: AtomicBool,
}

/// How the newest pass ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Finished {
    /// Which pass.
    pub(super) number: u64,
    /// Files that this device keeps and that are not here, also those that it has no key for.
    pub(super) missing: u64,
}

impl Network {
    /// Asks for a pass; answers its number.
    pub(super) fn want_files(self: &Arc<Self>, project: ProjectId) -> u64 {
        let passes = self.passes(project);
        let mut number = 0;
        passes.wanted.send_modify(|wanted| {
            *wanted += 1;
            number = *wanted;
        });
        number
    }

    /// Asks for a pass that looks first whether what counts as here is here: something was found missing or damaged, or somebody wants
    /// to know for certain.
    pub(super) fn doubt_files(self: &Arc<Self>, project: ProjectId) -> u64 {
        self.passes(project).doubt.store(true, Ordering::Relaxed);
        self.want_files(project)
    }

    /// How the newest pass that is done ended.
    pub(super) fn watch_files(self: &Arc<Self>, project: ProjectId) -> watch::Receiver<Finished> {
        let mut finished = self.passes(project).finished.subscribe();
        finished.mark_changed();
        finished
    }

    /// Whether every pass that was asked for is done.
    pub(super) fn files_settled(self: &Arc<Self>, project: ProjectId) -> bool {
        let passes = self.passes(project);
        let (wanted, finished) = (*passes.wanted.borrow(), *passes.finished.borrow());
        finished.number >= wanted
    }

    fn passes(self: &Arc<Self>, project: ProjectId) -> Arc<Passes> {
        let mut all = lock(&self.files);
        all.entry(project)
            .or_insert_with(|| {
                // Once per opening it is looked whether the files are here: somebody may have cleared the folder meanwhile.
                let (wanted, finished) = (watch::Sender::new(0), watch::Sender::new(Finished::default()));
                let passes = Arc::new(Passes { wanted, finished, doubt: AtomicBool::new(true) });
                self.tasks.spawn(work(self.clone(), project, passes.clone()));
                passes
            })
            .clone()
    }

    /// Shows how a file stands; `None` for "elsewhere".
    pub(super) fn show_file(&self, project: ProjectId, manifest: Hash, state: Option<FileState>) {
        let Some(published) = self.engine.published(&project) else { return };
        published.surroundings(|surroundings| {
            match state {
                Some(state) => surroundings.files.insert(manifest, state),
                None => surroundings.files.remove(&manifest),
            };
            surroundings.transfers =
                surroundings.files.values().filter(|state| matches!(state, FileState::Fetching { .. })).count() as u64;
        });
        self.project_changed();
    }
}

async fn work(network: Arc<Network>, id: ProjectId, passes: Arc<Passes>) {
    let stop = network.stopping();
    let mut wanted = passes.wanted.subscribe();
    let mut pause = AGAIN_FIRST;
    let mut again = false;
    loop {
        let number = *wanted.borrow_and_update();
        if (again || number > passes.finished.borrow().number)
            && let Some(project) = network.engine.project_by_id(&id)
        {
            let missing = tokio::select! {
                () = stop.cancelled() => return,
                missing = pass(&network, &project, &passes) => missing.unwrap_or_else(|failure| {
                    tracing::warn!("files could not be fetched: {failure}");
                    u64::MAX
                }),
            };
            passes.finished.send_replace(Finished { number, missing });
            network.activity.send_modify(|count| *count += 1);
            again = missing > 0;
        }
        // Whoever is connected may have fetched the rest meanwhile, or gives now what did not come whole.
        tokio::select! {
            () = stop.cancelled() => return,
            changed = wanted.changed() => match changed {
                Ok(()) => pause = AGAIN_FIRST,
                Err(_) => return,
            },
            () = sleep(pause), if again => pause = pause.saturating_mul(2).min(AGAIN_LONGEST),
        }
    }
}

/// Fetches every file this device keeps and lacks, from whoever has it now; answers how many are missing afterwards.
async fn pass(network: &Arc<Network>, project: &SharedProject, passes: &Passes) -> Result<u64, Failure> {
    if passes.doubt.swap(false, Ordering::Relaxed) {
        look(network, project).await?;
    }
    let (shared, vault) = (project.clone(), network.engine.inner().vault.clone());
    let (wanted, locked) = blocking(move || lock(&shared).missing_files(&vault)).await?;
    let mut missing = locked + wanted.len() as u64;
    if wanted.is_empty() {
        return Ok(missing);
    }
    network.project_changed();
    let sources = Sources::of(network, project).await?;
    let fetched = futures::stream::iter(wanted)
        .map(|wanted| {
            let sources = &sources;
            async move { sources.fetch(network, project, &wanted).await }
        })
        .buffer_unordered(FILES_AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    for result in fetched {
        match result {
            Ok(complete) => missing -= u64::from(complete),
            // One file that nobody has now keeps no other out; a full disk is told.
            Err(failure) if failure.kind == FailureKind::Storage => return Err(failure),
            Err(failure) => tracing::debug!("a file could not be fetched: {failure}"),
        }
    }
    Ok(missing)
}

/// Looks whether the files that count as here are here. The project is not held meanwhile.
async fn look(network: &Arc<Network>, project: &SharedProject) -> Result<(), Failure> {
    let (shared, vault) = (project.clone(), network.engine.inner().vault.clone());
    let gone = blocking(move || {
        let files = lock(&shared).files_here();
        let gone = absent_files(&vault, files);
        lock(&shared).mark_gone(&gone)?;
        Ok(gone)
    })
    .await?;
    if !gone.is_empty() {
        tracing::warn!("{} files that were on this device are not there any more; they are fetched again", gone.len());
        network.project_changed();
    }
    Ok(())
}
