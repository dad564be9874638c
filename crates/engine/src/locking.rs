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

    async fn close_network(&self) {
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
mod tests {
    use super::*;
    use crate::api::{Answer, FailureKind, LockState, SessionAnswer, SessionState};
    use crate::{NetworkOptions, Options};

    const PASSPHRASE: &str = "correct horse battery";

    async fn ask(engine: &Engine, command: SessionCommand) -> Result<SessionAnswer, Failure> {
        match engine.run(Command::Session(command)).finish().await? {
            Answer::Session(answer) => Ok(answer),
            other => panic!("{other:?}"),
        }
    }

    async fn engine(home: &std::path::Path) -> Engine {
        let network = NetworkOptions { bind: std::net::Ipv4Addr::LOCALHOST.into(), ..NetworkOptions::default() };
        Engine::open(Options { home: home.to_owned(), network }).await.unwrap()
    }

    async fn owner(home: &std::path::Path) -> Engine {
        let engine = engine(home).await;
        let init = Command::Init { name: "Owner".to_owned(), organisation: None, email: None };
        engine.run(init).finish().await.unwrap();
        let create = Command::ProjectCreate {
            name: "Sample Plant".to_owned(),
            template: "ges".to_owned(),
            buckets: Vec::new(),
            language: "en".to_owned(),
        };
        engine.run(create).finish().await.unwrap();
        engine
    }

    fn set(old: Option<&str>, new: Option<&str>) -> SessionCommand {
        let secret = |text: Option<&str>| text.map(Secret::new);
        SessionCommand::SetPassphrase { old: secret(old), new: secret(new), memory_kib: Some(64) }
    }

    fn unlock(passphrase: &str) -> SessionCommand {
        SessionCommand::Unlock { passphrase: Secret::new(passphrase) }
    }

    async fn projects(engine: &Engine) -> Result<usize, FailureKind> {
        match engine.run(Command::ProjectList).finish().await {
            Ok(Answer::Projects(projects)) => Ok(projects.len()),
            Ok(other) => panic!("{other:?}"),
            Err(failure) => Err(failure.kind),
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_locked_home_says_so_and_opens_with_the_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let engine = owner(dir.path()).await;
        let refused = ask(&engine, SessionCommand::Lock).await.unwrap_err();
        assert_eq!(refused.kind, FailureKind::Invalid, "without a passphrase nothing is locked");
        assert_eq!(ask(&engine, set(None, Some("short"))).await.unwrap_err().kind, FailureKind::Invalid);
        ask(&engine, set(None, Some(PASSPHRASE))).await.unwrap();
        let weak: Vec<_> = engine.projects().iter().map(Arc::downgrade).collect();
        ask(&engine, SessionCommand::Lock).await.unwrap();
        assert!(weak.iter().all(|project| project.upgrade().is_none()), "projects are closed");
        assert_eq!(projects(&engine).await, Err(FailureKind::Locked));
        let home = engine.home();
        assert_eq!(home.session.lock, LockState::Locked { wait_until: None });
        assert!(home.identity.is_some() && home.projects.is_empty(), "whose home it is stays known");
        let status = engine.run(Command::Status { project: None }).finish().await;
        assert!(matches!(status, Ok(Answer::Status(status)) if status.identity.is_some()));
        assert_eq!(ask(&engine, set(Some(PASSPHRASE), None)).await.unwrap_err().kind, FailureKind::Locked);
        assert_eq!(
            ask(&engine, SessionCommand::Phrase { passphrase: Some(Secret::new(PASSPHRASE)) }).await.unwrap_err().kind,
            FailureKind::Locked
        );
        ask(&engine, unlock(PASSPHRASE)).await.unwrap();
        assert_eq!(projects(&engine).await, Ok(1));
        ask(&engine, unlock("anything: it is open")).await.unwrap();
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn wrong_passphrases_wait_also_in_the_next_process() {
        let dir = tempfile::tempdir().unwrap();
        let first = owner(dir.path()).await;
        ask(&first, set(None, Some(PASSPHRASE))).await.unwrap();
        first.close().await;
        let second = engine(dir.path()).await;
        assert!(second.home().projects.is_empty());
        let wrong = ask(&second, unlock("wrong horse")).await.unwrap_err();
        assert_eq!(wrong.kind, FailureKind::Passphrase);
        let LockState::Locked { wait_until: Some(_) } = second.home().session.lock else { panic!() };
        second.close().await;
        let third = engine(dir.path()).await;
        let waiting = ask(&third, unlock(PASSPHRASE)).await.unwrap_err();
        assert!(waiting.kind == FailureKind::Passphrase && waiting.message.contains("may be tried in"), "{waiting}");
        tokio::time::sleep(Duration::from_millis(1100)).await;
        ask(&third, unlock(PASSPHRASE)).await.unwrap();
        assert_eq!(projects(&third).await, Ok(1));
        third.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_passphrase_is_changed_and_removed_only_with_the_old_one() {
        let dir = tempfile::tempdir().unwrap();
        let first = owner(dir.path()).await;
        ask(&first, set(None, Some(PASSPHRASE))).await.unwrap();
        assert_eq!(ask(&first, set(None, None)).await.unwrap_err().kind, FailureKind::Passphrase);
        let without = ask(&first, SessionCommand::Phrase { passphrase: None }).await.unwrap_err();
        assert_eq!(without.kind, FailureKind::Passphrase);
        ask(&first, set(Some(PASSPHRASE), Some("another horse"))).await.unwrap();
        first.close().await;
        let second = engine(dir.path()).await;
        ask(&second, unlock("another horse")).await.unwrap();
        ask(&second, set(Some("another horse"), None)).await.unwrap();
        let state = SessionState { lock: LockState::Unprotected, phrase_confirmed: false };
        assert_eq!(second.home().session, state);
        second.close().await;
        let third = engine(dir.path()).await;
        assert_eq!(projects(&third).await, Ok(1));
        third.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn it_locks_itself_when_nobody_is_here() {
        let dir = tempfile::tempdir().unwrap();
        let engine = owner(dir.path()).await;
        let minutes = |minutes| SessionCommand::SetAutoLock { minutes };
        assert_eq!(ask(&engine, minutes(Some(5))).await.unwrap_err().kind, FailureKind::Invalid);
        ask(&engine, set(None, Some(PASSPHRASE))).await.unwrap();
        ask(&engine, minutes(Some(5))).await.unwrap();
        let after = |seconds| ambient::now().plus_seconds(seconds).0;
        engine.lock_if_idle(after(299)).await;
        assert_eq!(projects(&engine).await, Ok(1));
        // Looking at how things stand is no work.
        ask(&engine, SessionCommand::State).await.unwrap();
        engine.lock_if_idle(after(301)).await;
        assert_eq!(projects(&engine).await, Err(FailureKind::Locked));
        ask(&engine, unlock(PASSPHRASE)).await.unwrap();
        ask(&engine, minutes(None)).await.unwrap();
        engine.lock_if_idle(after(1_000_000)).await;
        assert_eq!(projects(&engine).await, Ok(1));
        engine.close().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_words_bring_the_person_to_another_home() {
        let dir = tempfile::tempdir().unwrap();
        let first = owner(&dir.path().join("a")).await;
        let phrase = match ask(&first, SessionCommand::Phrase { passphrase: None }).await.unwrap() {
            SessionAnswer::Phrase { words, confirmed: false } => words,
            other => panic!("{other:?}"),
        };
        let typed = |positions: &[u8]| SessionCommand::ConfirmPhrase {
            words: positions
                .iter()
                .map(|at| (*at, Secret::new(phrase.reveal().split(' ').nth(usize::from(*at) - 1).unwrap())))
                .collect(),
        };
        assert!(ask(&first, typed(&[3, 3, 3])).await.is_err(), "three different words");
        let wrong = SessionCommand::ConfirmPhrase { words: (1..4).map(|at| (at, Secret::new("wrong"))).collect() };
        assert!(ask(&first, wrong).await.is_err());
        ask(&first, typed(&[3, 11, 24])).await.unwrap();
        assert!(first.home().session.phrase_confirmed);
        let recover = |phrase: &str| SessionCommand::Recover {
            phrase: Secret::new(phrase),
            name: "Owner".to_owned(),
            organisation: None,
            email: None,
        };
        assert_eq!(ask(&first, recover(phrase.reveal())).await.unwrap_err().kind, FailureKind::Conflict);
        let second = engine(&dir.path().join("b")).await;
        let mut words: Vec<&str> = phrase.reveal().split(' ').collect();
        words[7] = "abandun";
        let wrong = ask(&second, recover(&words.join(" "))).await.unwrap_err();
        assert!(wrong.message.starts_with("word 8, \"abandun\"") && wrong.candidates[0] == "abandon", "{wrong:?}");
        let SessionAnswer::Recovered(info) = ask(&second, recover(phrase.reveal())).await.unwrap() else { panic!() };
        let original = first.home().identity.clone().unwrap();
        assert!(info.person == original.person && info.device != original.device);
        assert!(second.home().session.phrase_confirmed);
        first.close().await;
        second.close().await;
    }
}
