//! Locking, passphrases and the 24 words, asked for as a window asks.

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
        relays: Vec::new(),
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
