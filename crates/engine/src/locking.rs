//! Locking and unlocking an open home: who is at work, what is taken away, and when it happens by itself.
//!
//! While locked there is no secret of the person or the device in memory, no project is open, and nobody is connected.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedRwLockReadGuard, RwLock};
use tokio_util::sync::CancellationToken;

use crate::api::{Command, Failure, Secret, SessionCommand};
use crate::engine::{SharedProject, blocking, lock};
use crate::running::Reporter;
use crate::{Engine, ambient};

/// Between two looks at how long nobody was here.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How long whoever still looks at a project may take to let it go.
const LETTING_GO: Duration = Duration::from_secs(10);

/// The commands under way, and when a person was last seen.
pub(crate) struct Presence {
    /// Held for reading by every command, for writing by whoever locks.
    gate: Arc<RwLock<()>>,
    under_way: Arc<Mutex<BTreeMap<u64, CancellationToken>>>,
    next: AtomicU64,
    last_seen: AtomicI64,
}

/// A command's stay; it ends when dropped.
pub(crate) struct Stay {
    under_way: Arc<Mutex<BTreeMap<u64, CancellationToken>>>,
    number: u64,
    _gate: OwnedRwLockReadGuard<()>,
}

impl Drop for Stay {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.number);
    }
}

/// Commands that need no keys, and those that lock and unlock.
fn is_always_answered(command: &Command) -> bool {
    matches!(
        command,
        Command::Identity
            | Command::Status { .. }
            | Command::Session(SessionCommand::State | SessionCommand::Lock | SessionCommand::Unlock { .. })
    )
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self {
            gate: Arc::default(),
            under_way: Arc::default(),
            next: AtomicU64::new(0),
            last_seen: AtomicI64::new(ambient::now().0),
        }
    }

    /// A person did something.
    pub(crate) fn seen(&self) {
        self.last_seen.store(ambient::now().0, Ordering::Relaxed);
    }

    /// Lets a command begin, or refuses it while locked. Looking at how things stand is nobody's presence.
    pub(crate) async fn enter(
        &self,
        engine: &Engine,
        command: &Command,
        reporter: &Reporter,
    ) -> Result<Option<Stay>, Failure> {
        if is_always_answered(command) {
            return Ok(None);
        }
        self.seen();
        let gate = self.gate.clone().read_owned().await;
        engine.with_home(|home| home.required_unlocked()).await?;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.under_way).insert(number, reporter.token().clone());
        Ok(Some(Stay { under_way: self.under_way.clone(), number, _gate: gate }))
    }

    /// Whether nobody was here for so long. A command under way is somebody.
    fn is_idle(&self, minutes: u32, now: i64) -> bool {
        let idle = now.saturating_sub(self.last_seen.load(Ordering::Relaxed));
        lock(&self.under_way).is_empty() && idle >= i64::from(minutes) * 60_000
    }
}

impl Engine {
    /// Wipes the keys from memory. Commands under way are stopped where nothing is half done.
    pub(crate) async fn lock_now(&self) -> Result<(), Failure> {
        // Refused before anything is taken away.
        self.with_home(|home| home.required_lockable()).await?;
        for token in lock(&self.inner().presence.under_way).values() {
            token.cancel();
        }
        self.close_network().await;
        let gate = self.inner().presence.gate.clone();
        let _everybody_left = gate.write_owned().await;
        // Somebody may have started it again on the way out.
        self.close_network().await;
        self.with_home(|home| home.lock()).await?;
        let projects = self.take_projects();
        let projects = blocking(move || {
            for project in &projects {
                if let Err(failure) = lock(project).cache_shards(true) {
                    tracing::warn!("a project's caches could not be written: {failure}");
                }
            }
            Ok(projects)
        })
        .await?;
        let_go(projects).await;
        self.refresh().await
    }

    /// Lets everybody connected go; whoever needs the network next starts it again.
    pub(crate) async fn close_network(&self) {
        if let Some(network) = self.take_network().await {
            network.close().await;
        }
    }

    /// Opens a locked home again, as it was.
    pub(crate) async fn unlock(&self, passphrase: Secret) -> Result<(), Failure> {
        let gate = self.inner().presence.gate.clone();
        let _alone = gate.write_owned().await;
        if self.with_home(|home| Ok(!home.is_locked())).await? {
            // The passphrase is not tried: a script that unlocks twice is no guess.
            return Ok(());
        }
        let tried = self.with_home(move |home| home.unlock(&passphrase)).await;
        if let Err(failure) = tried {
            self.refresh().await?;
            return Err(failure);
        }
        self.inner().presence.seen();
        self.open_projects().await?;
        self.refresh().await?;
        if self.inner().options.network.at_once {
            self.network().await?;
            self.refresh().await?;
        }
        Ok(())
    }

    async fn lock_if_idle(&self, now: i64) {
        let minutes = self.with_home(|home| Ok(home.auto_lock_minutes())).await.ok().flatten();
        if minutes.is_some_and(|minutes| self.inner().presence.is_idle(minutes, now))
            && let Err(failure) = self.lock_now().await
        {
            tracing::error!("the home could not be locked by itself: {failure}");
        }
    }
}

/// Waits until nobody looks at the projects any more, so that dropping them wipes their keys and closes their stores.
pub(crate) async fn let_go(projects: Vec<SharedProject>) {
    let until = tokio::time::Instant::now() + LETTING_GO;
    for project in projects {
        while Arc::strong_count(&project) > 1 && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        if Arc::strong_count(&project) > 1 {
            tracing::error!("a project is still in use; its keys are wiped when that ends");
        }
    }
}

/// Locks the home by itself after the time the person chose.
pub(crate) fn watch_idleness(engine: &Engine) {
    let (weak, stop) = (engine.downgrade(), engine.inner().stop.clone());
    engine.inner().tasks.spawn(async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            // The task must not keep alive what it watches.
            let Some(engine) = Engine::upgrade(&weak) else { return };
            engine.lock_if_idle(ambient::now().0).await;
        }
    });
}

#[cfg(test)]
mod tests;
