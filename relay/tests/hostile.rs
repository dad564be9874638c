//! Devices and strangers that mean harm: each is refused and counted, takes bounded room, and others go on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::time::Duration;

use common::{Ended, PATIENCE, Project, Relay, TestDevice, folder, storage};
use enginus_access::Genesis;
use enginus_envelope::Envelope;
use enginus_model::{DomainId, Hash};
use enginus_net::{Answer, Deposits, Hello, MailboxFrame, Notice, ObjectRequests, Standing, StreamKind};
use enginus_relay::mailbox::Limits;

/// A relay, a project with two writers, and what is kept of it.
struct Scene {
    relay: Relay,
    project: Project,
    honest: TestDevice,
    other: TestDevice,
    _kept: tempfile::TempDir,
}

impl Scene {
    async fn with(limits: Limits) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let relay = Relay::start(storage(&kept), limits).await;
        let mut project = Project::new(1).await;
        let (honest, other) = (TestDevice::new(2, 1).await, TestDevice::new(3, 1).await);
        project.writer(&honest, &[1]);
        project.writer(&other, &[1]);
        project.tell(&relay).await;
        // Every project begins with keys: what nothing is shared of is never in sync.
        let (id, key, genesis) = (project.id(), project.owner.device.clone(), project.genesis.clone());
        project.owner.shelf.write(id, &key, DomainId::keys(&id), b"sealed");
        project.owner.sync(&relay, &genesis).await;
        let mut scene = Self { relay, project, honest, other, _kept: kept };
        // Both introduce their devices.
        scene.honest.sync(&scene.relay, &scene.project.genesis).await;
        scene.other.sync(&scene.relay, &scene.project.genesis).await;
        scene
    }

    fn write(&mut self, count: usize) {
        for n in 0..count {
            let text = format!("entry {n}");
            self.honest.shelf.write(self.project.id(), &self.honest.device, folder(1), text.as_bytes());
        }
    }

    /// That the others are served all the while.
    async fn others_go_on(&mut self) {
        self.write(1);
        self.honest.sync(&self.relay, &self.project.genesis).await;
        self.other.sync(&self.relay, &self.project.genesis).await;
        assert_eq!(self.other.shelf.count(), self.honest.shelf.count());
    }

    async fn stored(&self) -> u64 {
        self.relay.storage.view(self.project.id()).await.unwrap().usage().unwrap().envelopes
    }
}

#[tokio::test]
async fn a_stranger_gets_nothing_and_puts_nothing() {
    let mut scene = Scene::with(Limits::default()).await;
    scene.others_go_on().await;
    let before = scene.stored().await;
    let mut stranger = TestDevice::new(9, 1).await;
    stranger.shelf.write(scene.project.id(), &stranger.device, folder(1), b"mine");
    let mut talk = stranger.hello(&scene.relay, &scene.project.genesis, &[]).await;
    assert_eq!(talk.standing(), Some(Standing::Unknown));
    talk.say(MailboxFrame::AskList).await;
    let ended = talk.exchange(&mut stranger.shelf, |_, in_sync| in_sync).await;
    assert_eq!((ended, stranger.shelf.count()), (Ended::Closed, 1), "it is let go after a while");
    assert_eq!(scene.stored().await, before);
    assert_eq!(scene.relay.counts.of("TurnedAway unknown"), 1);
    // Objects neither.
    let talk = stranger.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let mut requests = ObjectRequests::open(&talk.peer).await.unwrap();
    assert_eq!(requests.get(&scene.project.id(), &Hash([1; 32])).await.unwrap(), None);
    let mut deposits = Deposits::open(&talk.peer).await.unwrap();
    assert_eq!(deposits.put(&scene.project.id(), &Hash::of(b"x"), b"x").await.unwrap(), Answer::Refused);
    assert!(scene.relay.counts.of("TurnedAway unknown") > 1, "that is counted too");
    scene.others_go_on().await;
}

#[tokio::test]
async fn a_bounded_number_of_strangers_may_wait() {
    let scene = Scene::with(Limits { strangers: 2, ..Limits::default() }).await;
    let mut waiting = Vec::new();
    for n in 20..22 {
        let stranger = TestDevice::new(n, 1).await;
        let talk = stranger.hello(&scene.relay, &scene.project.genesis, &[]).await;
        assert_eq!(talk.standing(), Some(Standing::Unknown));
        waiting.push((stranger, talk));
    }
    let third = TestDevice::new(22, 1).await;
    let peer = third.connect(&scene.relay).await;
    let mut stream = peer.open(StreamKind::Sync).await.unwrap();
    let hello = Hello {
        project: scene.project.id(),
        genesis: scene.project.genesis.encode(),
        invites: vec![],
        code: None,
        statements: vec![],
    };
    stream.send(&MailboxFrame::Hello(hello).encode()).await.unwrap();
    assert_eq!(stream.recv().await.unwrap(), None, "no place");
    assert_eq!(scene.relay.counts.of("TurnedAway strangers"), 1);
}

#[tokio::test]
async fn another_genesis_or_another_project_is_turned_away() {
    let scene = Scene::with(Limits::default()).await;
    let thief = TestDevice::new(9, 1).await;
    let own = Genesis { owner: thief.person.public(), ..scene.project.genesis.clone() };
    let hello = |genesis: &Genesis| Hello {
        project: enginus_model::ProjectId([7; 32]),
        genesis: genesis.encode(),
        invites: vec![],
        code: None,
        statements: vec![thief.introduction().bytes().to_vec()],
    };
    let talk = thief.say_hello(&scene.relay, hello(&own)).await;
    assert_eq!(talk.notices, [Notice::NotThisProject]);
    // The right id with a genesis that makes the thief its owner: the relay goes by the one it keeps.
    let swapped = Hello { project: scene.project.id(), ..hello(&own) };
    let talk = thief.say_hello(&scene.relay, swapped).await;
    // As long as nobody else is connected it is looked at, too.
    assert!(talk.standing() == Some(Standing::Unknown) || talk.notices == [Notice::NotThisProject]);
}

#[tokio::test]
async fn what_is_not_signed_by_its_device_ends_the_session() {
    let mut scene = Scene::with(Limits::default()).await;
    let before = scene.stored().await;
    let mut forger = TestDevice::new(3, 1).await;
    let mut forged: Envelope = forger.shelf.seal(scene.project.id(), &forger.device, folder(1), b"not mine");
    forged.header.device = scene.honest.id();
    forger.shelf.put(&forged.encode());
    let mut talk = forger.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let ended = talk.exchange(&mut forger.shelf, |_, in_sync| in_sync).await;
    assert!(matches!(ended, Ended::Closed | Ended::ByLink(_)), "{ended:?}");
    assert_eq!(scene.stored().await, before);
    assert_eq!(scene.relay.counts.of("Refused forged"), 1);
    scene.others_go_on().await;
}

#[tokio::test]
async fn what_another_device_wrote_is_passed_on_once_and_changes_nothing_twice() {
    let mut scene = Scene::with(Limits::default()).await;
    scene.write(20);
    scene.honest.sync(&scene.relay, &scene.project.genesis).await;
    let stored = scene.stored().await;
    // Somebody who has it too says it again and again.
    scene.other.sync(&scene.relay, &scene.project.genesis).await;
    for _ in 0..3 {
        scene.other.sync(&scene.relay, &scene.project.genesis).await;
    }
    assert_eq!(scene.stored().await, stored);
    assert_eq!(scene.relay.counts.of("Stored"), stored);
}

#[tokio::test]
async fn a_removed_device_hands_over_a_little_of_its_own_and_gets_nothing_more() {
    let limits = Limits { allowance_per_hour: 5, ..Limits::default() };
    let mut scene = Scene::with(limits).await;
    scene.others_go_on().await;
    let removed = TestDevice::new(3, 1).await;
    let mut removed = TestDevice { shelf: scene.other.shelf.clone(), ..removed };
    scene.project.remove(&removed);
    scene.project.tell(&scene.relay).await;
    let before = scene.stored().await;
    scene.write(1);
    scene.honest.sync(&scene.relay, &scene.project.genesis).await;
    let held = removed.shelf.count();
    for _ in 0..50 {
        removed.shelf.write(scene.project.id(), &removed.device, folder(1), b"late");
    }
    let mut talk = removed.hello(&scene.relay, &scene.project.genesis, &[]).await;
    assert_eq!(talk.standing(), Some(Standing::Former));
    let relay = scene.relay.counts.clone();
    talk.exchange(&mut removed.shelf, |_, _| relay.of("Refused allowance") > 0).await;
    assert_eq!(scene.stored().await, before + 1 + 5, "five of fifty were taken");
    assert_eq!(removed.shelf.count(), held + 50, "and nothing was given");
    let mut requests = ObjectRequests::open(&talk.peer).await.unwrap();
    assert_eq!(requests.get(&scene.project.id(), &Hash([1; 32])).await.unwrap(), None);
}

#[tokio::test]
async fn a_removed_device_cannot_hand_over_again_what_others_wrote() {
    let mut scene = Scene::with(Limits::default()).await;
    let removed = TestDevice::new(3, 1).await;
    scene.write(5);
    // It has them by another way, and the relay not yet.
    let mut removed = TestDevice { shelf: scene.honest.shelf.clone(), ..removed };
    scene.project.remove(&removed);
    scene.project.tell(&scene.relay).await;
    let before = scene.stored().await;
    let mut talk = removed.hello(&scene.relay, &scene.project.genesis, &[]).await;
    assert_eq!(talk.standing(), Some(Standing::Former));
    let counts = scene.relay.counts.clone();
    talk.exchange(&mut removed.shelf, |_, _| counts.of("Refused allowance") > 0).await;
    assert_eq!(scene.stored().await, before, "nothing of it was taken");
    scene.honest.sync(&scene.relay, &scene.project.genesis).await;
    assert_eq!(scene.stored().await, before + 5, "from their author they are");
}

#[tokio::test]
async fn what_is_of_another_project_ends_the_session() {
    let mut scene = Scene::with(Limits::default()).await;
    let before = scene.stored().await;
    let elsewhere = Project::new(7).await;
    let mut thief = TestDevice::new(3, 1).await;
    let bytes = thief.shelf.seal(elsewhere.id(), &thief.device, folder(1), b"of another").encode();
    thief.shelf.put(&bytes);
    let mut talk = thief.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let ended = talk.exchange(&mut thief.shelf, |_, in_sync| in_sync).await;
    assert!(matches!(ended, Ended::Closed | Ended::ByLink(_)), "{ended:?}");
    assert_eq!(scene.stored().await, before);
    scene.others_go_on().await;
}

#[tokio::test]
async fn an_object_is_kept_under_its_own_name_alone() {
    let mut scene = Scene::with(Limits::default()).await;
    let (project, name) = (scene.project.id(), Hash::of(b"theirs"));
    let talk = scene.other.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let mut deposits = Deposits::open(&talk.peer).await.unwrap();
    assert!(deposits.put(&project, &name, b"others").await.is_err(), "as many bytes, and others");
    assert_eq!(scene.relay.counts.of("TurnedAway not_understood"), 1);
    assert_eq!(scene.relay.counts.of("ObjectTaken"), 0);
    let mut requests = ObjectRequests::open(&talk.peer).await.unwrap();
    assert_eq!(requests.get(&project, &name).await.unwrap(), None);
    let mut deposits = Deposits::open(&talk.peer).await.unwrap();
    assert_eq!(deposits.put(&project, &name, b"theirs").await.unwrap(), Answer::Kept);
    talk.end().await;
    scene.others_go_on().await;
}

#[tokio::test]
async fn a_project_that_used_up_its_room_is_told_and_still_given() {
    let mut scene = Scene::with(Limits { project_bytes: 40_000, ..Limits::default() }).await;
    scene.write(20);
    let text = vec![7; 30_000];
    scene.honest.shelf.write(scene.project.id(), &scene.honest.device, folder(1), &text);
    scene.honest.shelf.write(scene.project.id(), &scene.honest.device, folder(1), &text);
    let mut talk = scene.honest.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let counts = scene.relay.counts.clone();
    talk.exchange(&mut scene.honest.shelf, |_, _| counts.of("QuotaReached project_bytes") > 0).await;
    if talk.notices.is_empty() {
        let notice = talk.notice().await;
        talk.notices.extend(notice);
    }
    assert_eq!(talk.notices, [Notice::ProjectFull]);
    let stored = usize::try_from(scene.stored().await).unwrap();
    assert!(stored < 22, "{stored}");
    let mut reading = scene.other.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let ended = reading.exchange(&mut scene.other.shelf, |shelf, _| shelf.count() == stored).await;
    assert_eq!(ended, Ended::AsWanted);
}

#[tokio::test]
async fn frames_beyond_every_limit_end_the_connection_that_sends_them_alone() {
    let mut scene = Scene::with(Limits::default()).await;
    let rude = TestDevice::new(3, 1).await;
    let peer = rude.connect(&scene.relay).await;
    // Objects may be longer than frames of a session: what is meant for one stream is sent on another.
    let mut stream = peer.open(StreamKind::Deposits).await.unwrap();
    stream.send(&vec![1; 2 << 20]).await.unwrap();
    assert!(stream.recv().await.unwrap_or(None).is_none());
    let mut stream = peer.open(StreamKind::Sync).await.unwrap();
    stream.send(b"nothing that is understood").await.unwrap();
    let answer = stream.recv().await.unwrap().and_then(MailboxFrame::decode);
    assert_eq!(answer, Some(MailboxFrame::Notice(Notice::NotUnderstood)));
    let mut talk = rude.hello(&scene.relay, &scene.project.genesis, &[]).await;
    talk.stream.send(&[99, 1, 2, 3]).await.unwrap();
    assert_eq!(talk.notice().await, Some(Notice::NotUnderstood));
    assert!(talk.hear().await.is_none());
    assert_eq!(scene.relay.counts.of("TurnedAway not_understood"), 3, "each was counted");
    scene.others_go_on().await;
}

#[tokio::test]
async fn whoever_reads_nothing_is_let_go_when_others_need_the_room() {
    let limits = Limits { queue_bytes: 3 << 20, slow_reader_seconds: 1, ..Limits::default() };
    let mut scene = Scene::with(limits).await;
    for _ in 0..40 {
        scene.honest.shelf.write(scene.project.id(), &scene.honest.device, folder(1), &vec![7; 400_000]);
    }
    scene.honest.sync(&scene.relay, &scene.project.genesis).await;
    // It asks for everything, many times, and reads nothing of it: more than its own window holds.
    let slow = TestDevice::new(3, 1).await;
    let peer = slow.connect(&scene.relay).await;
    for _ in 0..60 {
        let hello = Hello {
            project: scene.project.id(),
            genesis: scene.project.genesis.encode(),
            invites: vec![],
            code: None,
            statements: vec![slow.introduction().bytes().to_vec()],
        };
        let peer = peer.clone();
        tokio::spawn(async move {
            let mut talk = TestDevice::say_hello_on(peer, hello).await;
            let mut nothing = common::Shelf::default();
            talk.exchange(&mut nothing, |shelf, _| shelf.count() > 1).await;
            std::future::pending::<()>().await;
        });
    }
    tokio::time::timeout(PATIENCE, async {
        while scene.relay.counts.of("SlowReader") == 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("it is let go");
    scene.others_go_on().await;
}

#[tokio::test]
async fn a_member_cannot_put_others_on_the_list_nor_take_them_off() {
    let mut scene = Scene::with(Limits::default()).await;
    let mut talk = scene.honest.hello(&scene.relay, &scene.project.genesis, &[]).await;
    let list = talk.list(&scene.project.genesis).await;
    let count = list.statements().count();
    // What the owner would say, signed by somebody who is not the owner, and statements of the real project.
    let friend = TestDevice::new(9, 1).await;
    scene.project.writer(&friend, &[1]);
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let pretended = list.updates(&scene.project.real, &scene.honest.person, &mut rng);
    assert!(pretended.is_empty());
    let real: Vec<Vec<u8>> = scene.project.real.statements().map(|signed| signed.bytes().to_vec()).collect();
    talk.say(MailboxFrame::Statements(real)).await;
    talk.say(MailboxFrame::Statements(vec![friend.introduction().bytes().to_vec(), vec![1, 2, 3]])).await;
    let after = talk.list(&scene.project.genesis).await;
    assert_eq!(after.listed(&friend.id(), enginus_model::Instant(0)), enginus_access::Listed::Unknown);
    assert!(after.statements().count() <= count + 1, "certificates of members alone are kept");
    let keys = DomainId::keys(&scene.project.id());
    assert!(after.may_get(&scene.other.id(), &keys, enginus_model::Instant(0)));
    scene.others_go_on().await;
}
