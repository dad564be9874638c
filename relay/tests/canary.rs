//! A relay learns nothing: what people said is neither in its files, nor in its log, nor in its memory.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod running;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use enginus_relay::config::{Config, Engine};
use enginus_tests::{Device, Nats, Stage, canary, files_under};
use memchr::memmem;
use running::Program;

/// What is read of a process at once; a stretch more, so that nothing is cut in two.
const PIECE: usize = 4 << 20;
const OVERLAP: usize = 256;

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_with_its_own_files_learns_nothing() {
    let stage = Stage::new();
    learns_nothing(&stage, vec![stage.path("relay")], |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_over_nats_and_nats_learn_nothing() {
    let stage = Stage::new();
    let Some(nats) = Nats::start(&stage.path("nats"), 1) else { return };
    let places = vec![stage.path("relay"), stage.path("nats")];
    learns_nothing(&stage, places, |config| {
        config.storage.engine = Engine::Nats;
        config.storage.nats.url = nats.urls().join(",");
        config.storage.nats.replicas = 1;
    })
    .await;
}

async fn learns_nothing(stage: &Stage, places: Vec<PathBuf>, change: impl FnOnce(&mut Config)) {
    let relay = Program::start(&stage.path("relay"), None, |config| {
        config.logging.level = "debug".to_owned();
        change(config);
    });
    relay.ready().await;
    let owner = canary::speaker(stage, &[]).await;
    owner.use_relay(&relay.address).await;
    let ticket = owner.invite("contractor", &[]).await;
    owner.meet().await;
    let owner = owner.close().await;
    let guest = Device::new(stage, "Guest").await;
    guest.join_now(&ticket).await;
    guest.meet().await;
    assert_eq!(guest.numbers().await.len(), 2);
    // Both are there while its memory is read.
    let owner = Device::open(&owner, true).await;
    relay.until("sessions", |sessions| sessions >= 2).await;

    let project = owner.window().id;
    let in_hex: String = project.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let controls = [project.as_bytes().as_slice(), in_hex.as_bytes()];
    let memory = memory_of(&relay);
    blind("the relay's memory", memory.into_iter().map(|piece| (String::new(), piece)), &controls);
    let log = std::fs::read(relay.log()).unwrap();
    blind("the relay's log", [(String::new(), log)].into_iter(), &[b"DEBUG"]);
    for place in places {
        let files =
            files_under(&place).into_iter().map(|path| (path.display().to_string(), std::fs::read(path).unwrap()));
        blind(&place.display().to_string(), files, &controls);
    }
    owner.close().await;
    guest.close().await;
}

/// That the canary is in none of these, neither in a name nor in what it holds, and that the search would have found it: one of
/// `controls`, which have to be there, is found.
fn blind(place: &str, pieces: impl Iterator<Item = (String, Vec<u8>)>, controls: &[&[u8]]) {
    let mut found = false;
    for (name, bytes) in pieces {
        for said in [name.as_bytes(), &bytes] {
            assert_eq!(canary::heard_in(said), None, "in {place} {name}");
            found |= controls.iter().any(|control| memmem::find(said, control).is_some());
        }
    }
    assert!(found, "the search finds in {place} what is there");
}

/// Everything that a process has in memory, in pieces that overlap.
fn memory_of(relay: &Program) -> Vec<Vec<u8>> {
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", relay.pid())).unwrap();
    let mut memory = File::open(format!("/proc/{}/mem", relay.pid())).unwrap();
    let mut pieces = Vec::new();
    for (from, to) in maps.lines().filter_map(stretch) {
        let mut at = from;
        while at < to {
            let mut piece = vec![0; usize::try_from(to - at).unwrap().min(PIECE + OVERLAP)];
            memory.seek(SeekFrom::Start(at)).unwrap();
            // A stretch may have gone since it was listed.
            if memory.read_exact(&mut piece).is_ok() {
                pieces.push(piece);
            }
            at += PIECE as u64;
        }
    }
    pieces
}

/// A line of `maps`: `from-to permissions offset device inode name`. What the program may write is where it keeps things.
fn stretch(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (place, permissions) = (words.next()?, words.next()?);
    let (from, to) = place.split_once('-')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    permissions.starts_with("rw").then_some((number(from)?, number(to)?))
}
