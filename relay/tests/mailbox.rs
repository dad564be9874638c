//! What honest devices do with a relay.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::{Project, Relay, TestDevice, files_under, folder, storage};
use enginus_access::{AccessList, Offer, ScopeEntry, Terms, invite, redeem};
use enginus_model::{DomainId, Hash, Instant};
use enginus_net::{Answer, Deposits, Hello, MailboxFrame, Notice, ObjectRequests, Standing, proof_of};
use enginus_relay::admission::Admission;
use enginus_relay::config::{AdmissionMode, Config, Secrets};
use enginus_relay::mailbox::Limits;

#[tokio::test]
async fn devices_that_are_never_online_together_come_to_the_same() {
    let kept = tempfile::tempdir().unwrap();
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    let mut project = Project::new(1).await;
    let (mut a, mut b) = (TestDevice::new(2, 1).await, TestDevice::new(3, 1).await);
    project.writer(&a, &[1]);
    project.writer(&b, &[1]);
    project.tell(&relay).await;
    for n in 0..30 {
        a.shelf.write(project.id(), &a.device, folder(1), format!("entry {n}").as_bytes());
    }
    a.sync(&relay, &project.genesis).await;
    b.sync(&relay, &project.genesis).await;
    assert_eq!(b.shelf.count(), 30);
    // What goes the other way too, and what was put stays when the relay is started anew.
    b.shelf.write(project.id(), &b.device, folder(1), b"answer");
    b.sync(&relay, &project.genesis).await;
    relay.stop().await;
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    a.sync(&relay, &project.genesis).await;
    assert_eq!(a.shelf.entries, b.shelf.entries);
    relay.stop().await;
}

#[tokio::test]
async fn what_one_device_writes_reaches_another_while_both_are_connected() {
    let kept = tempfile::tempdir().unwrap();
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    let mut project = Project::new(1).await;
    let (mut a, mut b) = (TestDevice::new(2, 1).await, TestDevice::new(3, 1).await);
    project.writer(&a, &[1]);
    project.writer(&b, &[1]);
    project.tell(&relay).await;
    let mut listening = b.hello(&relay, &project.genesis, &[]).await;
    let waits = tokio::spawn(async move {
        let ended = listening.exchange(&mut b.shelf, |shelf, _| shelf.count() == 3).await;
        (ended, b.shelf.count())
    });
    for _ in 0..3 {
        a.shelf.write(project.id(), &a.device, folder(1), b"live");
        a.sync(&relay, &project.genesis).await;
    }
    assert_eq!(waits.await.unwrap(), (common::Ended::AsWanted, 3));
    relay.stop().await;
}

#[tokio::test]
async fn a_device_gets_the_folders_that_the_list_gives_it() {
    let kept = tempfile::tempdir().unwrap();
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    let mut project = Project::new(1).await;
    let mut narrow = TestDevice::new(2, 1).await;
    project.writer(&narrow, &[1]);
    project.tell(&relay).await;
    let (id, key) = (project.id(), project.owner.device.clone());
    for domain in [folder(1), folder(2), DomainId::keys(&id), DomainId::authority(&id)] {
        project.owner.shelf.write(id, &key, domain, b"sealed");
    }
    let genesis = project.genesis.clone();
    project.owner.sync(&relay, &genesis).await;
    // It would take everything.
    let mut talk = narrow.hello(&relay, &genesis, &[]).await;
    talk.exchange(&mut narrow.shelf, |shelf, _| shelf.count() == 3).await;
    assert_eq!(narrow.shelf.count_in(folder(2)), 0);
    assert_eq!(narrow.shelf.count_in(folder(1)), 1);
    talk.end().await;
    relay.stop().await;
}

#[tokio::test]
async fn whoever_has_a_ticket_joins_with_the_relay_alone() {
    let kept = tempfile::tempdir().unwrap();
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    let mut project = Project::new(1).await;
    let offer = Offer {
        role: "contractor".into(),
        rank: 30,
        scope: vec![ScopeEntry::read(enginus_access::DomainScope::One(folder(1)))],
        not_after: None,
        history: true,
        despite: vec![],
        at: Instant(2),
    };
    let acting = project.real.acting_for(&project.owner.person.person_id(), &offer).unwrap();
    let mut rng = rand_core::UnwrapErr(getrandom::SysRng);
    let terms = Terms { uses: 1, redeem_before: None };
    let (key, invitation) = invite(&project.owner.person, &acting, &offer, terms, &mut rng).unwrap();
    project.real = project.real.with([&invitation]);
    project.tell(&relay).await;
    let (id, owner_key) = (project.id(), project.owner.device.clone());
    project.owner.shelf.write(id, &owner_key, folder(1), b"sealed");
    let genesis = project.genesis.clone();
    project.owner.sync(&relay, &genesis).await;

    let mut guest = TestDevice::new(7, 1).await;
    let hello = Hello {
        project: id,
        genesis: genesis.encode(),
        invites: vec![key.public().sign],
        code: None,
        statements: vec![guest.introduction().bytes().to_vec()],
    };
    let mut talk = guest.say_hello(&relay, hello).await;
    assert_eq!(talk.standing(), Some(Standing::Unknown));
    let chains = talk.welcome.as_ref().unwrap().chains.clone();
    let on_list = enginus_access::SignedStatement::decode(chains.last().expect("the invitation")).unwrap();
    let [real, _] = redeem(&key, &invitation, &guest.person, &guest.device, "tablet", Instant(5), &mut rng).unwrap();
    let redeemed = AccessList::redeem(&key, &on_list, &guest.person, &real.hash()).unwrap();
    talk.say(enginus_net::MailboxFrame::Statements(vec![redeemed.bytes().to_vec()])).await;
    assert_eq!(talk.notice().await, Some(Notice::Standing(Standing::Member)));
    talk.exchange(&mut guest.shelf, |shelf, _| shelf.count() == 1).await;
    talk.end().await;

    // The same ticket brings in nobody else.
    let mut second = TestDevice::new(8, 1).await;
    let again = AccessList::redeem(&key, &on_list, &second.person, &Hash([3; 32])).unwrap();
    let mut talk = second.hello(&relay, &genesis, &[again]).await;
    assert_eq!(talk.standing(), Some(Standing::Unknown));
    talk.say(enginus_net::MailboxFrame::AskList).await;
    second.shelf.reads = Some(BTreeSet::new());
    talk.end().await;
    relay.stop().await;
}

#[tokio::test]
async fn sealed_objects_are_kept_given_and_proved() {
    let kept = tempfile::tempdir().unwrap();
    let limits = Limits { object_bytes: 10_000, ..Limits::default() };
    let relay = Relay::start(storage(&kept), limits).await;
    let mut project = Project::new(1).await;
    let (a, b) = (TestDevice::new(2, 1).await, TestDevice::new(3, 1).await);
    project.writer(&a, &[1]);
    project.writer(&b, &[1]);
    project.tell(&relay).await;
    let (object, name) = (vec![5; 4000], Hash::of(&[5; 4000]));

    let talk = a.hello(&relay, &project.genesis, &[]).await;
    let mut deposits = Deposits::open(&talk.peer).await.unwrap();
    assert_eq!(deposits.put(&project.id(), &name, &object).await.unwrap(), Answer::Kept);
    assert_eq!(deposits.put(&project.id(), &name, &object).await.unwrap(), Answer::Kept, "again");
    let large = vec![6; 7000];
    assert_eq!(deposits.put(&project.id(), &Hash::of(&large), &large).await.unwrap(), Answer::Full);
    assert_eq!(relay.counts.of("QuotaReached object_bytes"), 1);
    talk.end().await;

    let talk = b.hello(&relay, &project.genesis, &[]).await;
    let mut requests = ObjectRequests::open(&talk.peer).await.unwrap();
    assert_eq!(requests.get(&project.id(), &name).await.unwrap(), Some(object.clone()));
    assert_eq!(requests.get(&project.id(), &Hash::of(&large)).await.unwrap(), None);
    let proved = requests.prove(&project.id(), &name, [9; 32]).await.unwrap();
    assert_eq!(proved, Some(proof_of(&[9; 32], &relay.device, &object)));
    talk.end().await;
    relay.stop().await;
}

#[tokio::test]
async fn the_operator_decides_which_projects_are_kept() {
    let kept = tempfile::tempdir().unwrap();
    let (one, other) = (Project::new(1).await, Project::new(4).await);
    let mut config = Config::dev(&kept.path().join("data"));
    config.admission.mode = AdmissionMode::Invitation;
    config.admission.projects = vec![one.id().to_string()];
    let code = "an-invitation-of-the-operator";
    let admission = Admission::new(&config, &Secrets { invitations: vec![code.to_owned()], ..Secrets::default() });
    let relay = Relay::start_with(storage(&kept), Limits::default(), Arc::new(admission)).await;
    assert_eq!(one.owner.hello(&relay, &one.genesis, &[]).await.standing(), Some(Standing::Member));
    let turned_away = other.owner.hello(&relay, &other.genesis, &[]).await;
    assert_eq!(turned_away.notices, [Notice::NotAdmitted]);
    let hello = Hello {
        project: other.id(),
        genesis: other.genesis.encode(),
        invites: Vec::new(),
        code: Some(code.to_owned()),
        statements: vec![other.owner.introduction().bytes().to_vec()],
    };
    assert_eq!(other.owner.say_hello(&relay, hello).await.standing(), Some(Standing::Member));
    assert_eq!(other.owner.hello(&relay, &other.genesis, &[]).await.standing(), Some(Standing::Member), "from then on");
    relay.stop().await;
}

#[tokio::test]
async fn the_owner_has_a_project_let_go_and_nobody_else_brings_it_back() {
    let kept = tempfile::tempdir().unwrap();
    let kept = storage(&kept);
    let relay = Relay::start(kept.clone(), Limits::default()).await;
    let mut project = Project::new(1).await;
    let mut a = TestDevice::new(2, 1).await;
    assert_eq!(a.hello(&relay, &project.genesis, &[]).await.notices, [Notice::NotKept], "the owner was not here yet");
    project.writer(&a, &[1]);
    project.tell(&relay).await;
    a.shelf.write(project.id(), &a.device, folder(1), b"kept");
    a.sync(&relay, &project.genesis).await;

    // A member's word is none.
    let mut talk = a.hello(&relay, &project.genesis, &[]).await;
    talk.say(MailboxFrame::Erase).await;
    while talk.hear().await.is_some() {}
    assert_eq!(kept.projects().await.unwrap(), [project.id()]);

    let mut watching = a.hello(&relay, &project.genesis, &[]).await;
    let mut talk = project.owner.hello(&relay, &project.genesis, &[]).await;
    talk.say(MailboxFrame::Erase).await;
    while talk.notice().await != Some(Notice::LetGo) {}
    assert_eq!(kept.projects().await.unwrap(), []);
    while watching.notice().await != Some(Notice::LetGo) {}
    assert_eq!(a.hello(&relay, &project.genesis, &[]).await.notices, [Notice::NotKept]);
    assert_eq!(kept.projects().await.unwrap(), []);

    // The owner begins anew: what devices hold is taken again.
    project.tell(&relay).await;
    a.sync(&relay, &project.genesis).await;
    relay.stop().await;
}

#[tokio::test]
async fn nothing_of_what_is_written_stands_in_clear_on_the_relays_disk() {
    const CANARY: &[u8] = b"canary of the relay 8c1d";
    let kept = tempfile::tempdir().unwrap();
    let relay = Relay::start(storage(&kept), Limits::default()).await;
    let mut project = Project::new(1).await;
    let a = TestDevice::new(2, 1).await;
    project.writer(&a, &[1]);
    project.tell(&relay).await;
    let (id, key, genesis) = (project.id(), project.owner.device.clone(), project.genesis.clone());
    project.owner.shelf.write(id, &key, folder(1), CANARY);
    project.owner.sync(&relay, &genesis).await;
    relay.stop().await;
    let files = files_under(kept.path());
    let holds = |path: &std::path::PathBuf, what: &[u8]| {
        std::fs::read(path).unwrap().windows(what.len()).any(|window| window == what)
    };
    assert!(files.iter().any(|path| holds(path, project.owner.id().as_bytes())), "the search finds what is there");
    for words in [CANARY, b"contractor", b"site laptop"] {
        assert!(!files.iter().any(|path| holds(path, words)), "{}", String::from_utf8_lossy(words));
    }
}
