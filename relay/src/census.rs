//! How much is kept, counted now and then: for the metrics and the status page.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::Instant;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::admission::short_hash;
use crate::metrics::labels::By;
use crate::metrics::{Kept, Metrics};
use crate::storage::{Storage, StorageError, Usage};

/// One count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// When it was taken; `None` before the first.
    pub taken: Option<Instant>,
    /// The projects, the largest first.
    pub projects: Vec<ProjectCount>,
}

/// What one project uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectCount {
    /// A short hash of its id: enough to tell it from others, too little to ask for it.
    pub hash: String,
    /// How much it uses.
    pub usage: Usage,
}

impl ProjectCount {
    /// All its bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.usage.journal_bytes.saturating_add(self.usage.object_bytes)
    }
}

impl Census {
    /// Counts. A project that is let go meanwhile is left out.
    ///
    /// # Errors
    /// What storage says.
    pub async fn take(storage: &dyn Storage, now: Instant) -> Result<Self, StorageError> {
        let mut projects = Vec::new();
        for project in storage.projects().await? {
            let usage = match storage.view(project).await {
                Ok(view) => view.usage()?,
                Err(StorageError::NoProject) => continue,
                Err(error) => return Err(error),
            };
            projects.push(ProjectCount { hash: short_hash(&project), usage });
        }
        projects.sort_by(|a, b| b.bytes().cmp(&a.bytes()).then_with(|| a.hash.cmp(&b.hash)));
        Ok(Self { taken: Some(now), projects })
    }

    /// All projects together.
    #[must_use]
    pub fn total(&self) -> Usage {
        self.projects.iter().fold(Usage::default(), |sum, project| Usage {
            envelopes: sum.envelopes.saturating_add(project.usage.envelopes),
            journal_bytes: sum.journal_bytes.saturating_add(project.usage.journal_bytes),
            objects: sum.objects.saturating_add(project.usage.objects),
            object_bytes: sum.object_bytes.saturating_add(project.usage.object_bytes),
        })
    }

    /// Says the count in the metrics.
    pub fn report(&self, metrics: &Metrics) {
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let total = self.total();
        metrics.projects.set(i64::try_from(self.projects.len()).unwrap_or(i64::MAX));
        for (what, count, bytes) in
            [(Kept::Journal, total.envelopes, total.journal_bytes), (Kept::Objects, total.objects, total.object_bytes)]
        {
            metrics.kept.get_or_create(&By::new(what)).set(number(count));
            metrics.kept_bytes.get_or_create(&By::new(what)).set(number(bytes));
        }
    }
}

/// Counts at once and then every `every`, until `stopping` is cancelled.
pub async fn keep_counting(
    storage: Arc<dyn Storage>,
    metrics: Arc<Metrics>,
    counted: watch::Sender<Census>,
    every: Duration,
    stopping: CancellationToken,
) {
    let counting = async {
        loop {
            match Census::take(&*storage, crate::clock::now()).await {
                Ok(census) => {
                    census.report(&metrics);
                    counted.send_replace(census);
                }
                Err(error) => tracing::warn!(%error, "what is kept could not be counted"),
            }
            tokio::time::sleep(every).await;
        }
    };
    stopping.run_until_cancelled(counting).await;
}
