//! Attacks on letting a device in, over real connections on loopback.

use std::path::Path;

use enginus_model::Instant;

use super::code::PairingCode;
use crate::api::{Answer, Command, Failure, FailureKind, Secret, SessionAnswer, SessionCommand, Update};
use crate::{Engine, NetworkOptions, Options, Running};

async fn engine(home: &Path) -> Engine {
    let network = NetworkOptions { bind: std::net::Ipv4Addr::LOCALHOST.into(), ..NetworkOptions::default() };
    Engine::open(Options { home: home.to_owned(), network }).await.unwrap()
}

async fn owner(home: &Path) -> Engine {
    let engine = engine(home).await;
    let init = Command::Init { name: "Owner".to_owned(), organisation: None, email: None };
    engine.run(init).finish().await.unwrap();
    engine
}

async fn ask(engine: &Engine, command: SessionCommand) -> Result<SessionAnswer, Failure> {
    match engine.run(Command::Session(command)).finish().await? {
        Answer::Session(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

/// Shows a code; the command goes on.
async fn shown(engine: &Engine) -> (PairingCode, Running) {
    let mut running = engine.run(Command::Session(SessionCommand::DeviceAdd));
    match running.next().await {
        Some(Update::DeviceCode { code, .. }) => (PairingCode::parse(&code).unwrap(), running),
        other => panic!("{other:?}"),
    }
}

/// A code that leads to the same device with another secret.
fn guessed(code: &PairingCode, guess: u8) -> PairingCode {
    let mut guessed = code.clone();
    guessed.secret = [guess; 32];
    guessed
}

async fn come(engine: &Engine, code: &PairingCode) -> Result<SessionAnswer, Failure> {
    ask(engine, SessionCommand::DeviceJoin { code: code.to_text(), device_name: None, wait_ms: 0 }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_third_guess_burns_the_code() {
    let dir = tempfile::tempdir().unwrap();
    let owner = owner(&dir.path().join("owner")).await;
    let guest = engine(&dir.path().join("guest")).await;
    let (code, adding) = shown(&owner).await;
    for guess in 1..=3 {
        assert!(come(&guest, &guessed(&code, guess)).await.is_err(), "guess {guess}");
        assert!(guest.home().identity.is_none(), "nothing is kept by somebody who guesses");
    }
    assert_eq!(adding.finish().await.unwrap_err().kind, FailureKind::NotAllowed);
    assert!(come(&guest, &code).await.is_err(), "the right one comes too late");
    guest.close().await;
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_guesses_do_not_keep_the_right_device_out() {
    let dir = tempfile::tempdir().unwrap();
    let owner = owner(&dir.path().join("owner")).await;
    let guest = engine(&dir.path().join("guest")).await;
    let (code, adding) = shown(&owner).await;
    for guess in 1..=2 {
        assert!(come(&guest, &guessed(&code, guess)).await.is_err());
    }
    let joined = come(&guest, &code).await.unwrap();
    assert!(matches!(joined, SessionAnswer::DeviceJoined { .. }), "{joined:?}");
    assert!(adding.finish().await.is_ok());
    let person = |engine: &Engine| engine.home().identity.clone().unwrap().person;
    assert_eq!(person(&owner), person(&guest));
    guest.close().await;
    owner.close().await;
}

/// Whoever stands at the addresses of the code is another device, and TLS says so before a word is said.
#[tokio::test(flavor = "multi_thread")]
async fn another_device_at_the_same_address_learns_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (honest, thief) = (owner(&dir.path().join("owner")).await, owner(&dir.path().join("thief")).await);
    let guest = engine(&dir.path().join("guest")).await;
    let (code, adding) = shown(&honest).await;
    let (theirs, thieving) = shown(&thief).await;
    let mut detoured = code.clone();
    detoured.addresses.clone_from(&theirs.addresses);
    assert_eq!(come(&guest, &detoured).await.unwrap_err().kind, FailureKind::Unreachable);
    // Nor does one that is what it says let anybody in without the secret.
    detoured.device = theirs.device;
    assert!(come(&guest, &detoured).await.is_err());
    assert!(guest.home().identity.is_none());
    for running in [adding, thieving] {
        running.cancel();
        assert_eq!(running.finish().await.unwrap_err().kind, FailureKind::Cancelled);
    }
    for engine in [guest, honest, thief] {
        engine.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_time_is_over_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let guest = engine(dir.path()).await;
    let nobody = crate::identity::Identity::generate().device.device_id();
    let old = PairingCode::new(nobody, vec!["127.0.0.1:9".to_owned()], Instant(1));
    let failure = come(&guest, &old).await.unwrap_err();
    assert!(failure.kind == FailureKind::BadInput && failure.message.contains("expired"), "{failure}");
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locking_takes_the_code_back() {
    let dir = tempfile::tempdir().unwrap();
    let owner = owner(&dir.path().join("owner")).await;
    let passphrase = Secret::new("correct horse battery");
    let set = SessionCommand::SetPassphrase { old: None, new: Some(passphrase), memory_kib: Some(64) };
    ask(&owner, set).await.unwrap();
    let (code, adding) = shown(&owner).await;
    ask(&owner, SessionCommand::Lock).await.unwrap();
    assert_eq!(adding.finish().await.unwrap_err().kind, FailureKind::Cancelled);
    let guest = engine(&dir.path().join("guest")).await;
    assert_eq!(come(&guest, &code).await.unwrap_err().kind, FailureKind::Unreachable);
    guest.close().await;
    owner.close().await;
}
