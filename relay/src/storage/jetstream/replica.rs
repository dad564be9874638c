//! A local copy of what a project's stream says, kept up to date as long as somebody views the project.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::ProjectId;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::super::StorageError;
use super::super::index::Index;
use super::super::tables::Position;
use super::follower::Follower;
use super::link::{Link, unreachable};

/// How long somebody waits before the stream is looked at for it.
const LOOK_AFTER: Duration = Duration::from_millis(300);

/// How far the replica is, as those who wait for it see it.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    pub(super) position: Position,
    /// Why it does not get on; cleared when it does.
    pub(super) trouble: Option<StorageError>,
}

/// One project that is being followed; dropping it ends that.
pub(super) struct Replica {
    followed: watch::Receiver<Followed>,
    look: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Replica {
    pub(super) fn start(link: Arc<Link>, index: Index, project: ProjectId) -> Self {
        let (told, followed) = watch::channel(Followed::default());
        let look = Arc::new(Notify::new());
        let follower = Follower::new(link, index, project, told, look.clone());
        Self { followed, look, task: tokio::spawn(follower.run()) }
    }

    /// Whether following has ended for good: the stream is gone.
    pub(super) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    /// Waits until it holds stream `stream` up to `sequence`. However long that takes, as long as it gets on.
    pub(super) async fn reaches(&self, stream: i64, sequence: u64, patience: Duration) -> Result<(), StorageError> {
        let mut followed = self.followed.clone();
        loop {
            let now = followed.borrow_and_update().clone();
            if now.position.stream == stream && now.position.sequence >= sequence {
                return Ok(());
            }
            match now.trouble {
                Some(
                    error @ (StorageError::Damaged(_) | StorageError::NewerVersion { .. } | StorageError::Full(_)),
                ) => {
                    return Err(error);
                }
                trouble => {
                    if tokio::time::timeout(LOOK_AFTER, followed.changed()).await.is_ok_and(|changed| changed.is_ok()) {
                        continue;
                    }
                    self.look.notify_one();
                    match tokio::time::timeout(patience, followed.changed()).await {
                        Ok(Ok(())) => {}
                        Ok(Err(_)) => return Err(StorageError::NoProject),
                        Err(_) => {
                            return Err(trouble.unwrap_or_else(|| unreachable("the project's stream stands still")));
                        }
                    }
                }
            }
        }
    }
}
