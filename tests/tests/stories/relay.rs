//! Devices that are never online together meet through a relay, which learns nothing.

use enginus_engine::api::{Command, JoinState};
use enginus_tests::{Device, Nats, PATIENCE_MS, Relay, Stage, drawing, files_under};

async fn owner_with(stage: &Stage, relay: &Relay) -> Device {
    let owner = Device::owner(stage, &[]).await;
    owner.use_relay(relay.address()).await;
    owner
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_are_never_on_together_meet_in_the_relay_and_a_third_joins_by_ticket() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    never_on_together(&stage, relay).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_that_are_never_on_together_meet_in_a_relay_over_nats_and_a_third_joins_by_ticket() {
    let stage = Stage::new();
    let Some(nats) = Nats::start(&stage.path("nats"), 1) else { return };
    let relay = Relay::over_nats(&nats).await;
    never_on_together(&stage, relay).await;
}

async fn never_on_together(stage: &Stage, relay: Relay) {
    let owner = owner_with(stage, &relay).await;
    owner
        .add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1), stage.drawing("SP-002_CABLES-P01.pdf", 2)])
        .await;
    let invitation = owner.invitation("contractor", &[]).await.unwrap();
    assert_eq!(invitation.on_relays, ["127.0.0.1"], "the ticket works while this device is off");
    let second = owner.invite("consultant", &[]).await;
    owner.meet().await;
    let owner = owner.close().await;

    let contractor = Device::new(stage, "Contractor").await;
    let state = contractor.join(&invitation.ticket, PATIENCE_MS).await.unwrap();
    assert!(matches!(state, JoinState::Joined { .. }), "{state:?}");
    assert_eq!(contractor.get("SP-002", None, PATIENCE_MS).await.unwrap(), drawing("SP-002_CABLES-P01.pdf", 2));
    contractor.revise("SP-001", stage.drawing("layout.pdf", 3), "moved the road").await;
    contractor.add("Materials", &[stage.drawing("SP-003_MODULES-P01.pdf", 4)]).await;
    contractor.meet().await;
    let theirs = contractor.register().await;
    let contractor = contractor.close().await;

    // A third, with only the relay online.
    let consultant = Device::new(stage, "Consultant").await;
    consultant.join_now(&second).await;
    consultant.meet().await;
    assert_eq!(consultant.register().await, theirs);
    assert_eq!(consultant.get("SP-003", None, PATIENCE_MS).await.unwrap(), drawing("SP-003_MODULES-P01.pdf", 4));
    consultant.close().await;

    let owner = Device::open(&owner, false).await;
    owner.edit("SP-001", "title", "SITE LAYOUT").await;
    owner.meet().await;
    assert_eq!(owner.get("SP-001", None, PATIENCE_MS).await.unwrap(), drawing("layout.pdf", 3));
    assert_eq!(owner.members().await.len(), 3);
    let ours = owner.register().await;
    owner.rebuild().await;
    owner.close().await;

    let contractor = Device::open(&contractor, false).await;
    contractor.meet().await;
    assert_eq!(contractor.register().await, ours);
    contractor.close().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_lost_everything_is_given_it_again() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let owner = owner_with(&stage, &relay).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    owner.meet().await;
    let relay = relay.again_over(&stage.path("another disk")).await;
    owner.meet().await;
    owner.close().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&ticket).await;
    contractor.meet().await;
    assert_eq!(contractor.numbers().await, ["SP-001"]);
    contractor.close().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_both_are_connected_a_row_appears_at_once() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let owner = owner_with(&stage, &relay).await.online().await;
    let ticket = owner.invite("contractor", &[]).await;
    let contractor = Device::new(&stage, "Contractor").await.online().await;
    contractor.join_now(&ticket).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    contractor.see("the row", |project| project.folders.iter().any(|folder| folder.view.counts().documents > 0)).await;
    owner.close().await;
    contractor.close().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_turned_away_by_the_relay_too() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let owner = owner_with(&stage, &relay).await;
    let ticket = owner.invite("contractor", &[]).await;
    owner.meet().await;
    let owner = owner.close().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&ticket).await;
    contractor.meet().await;
    let contractor = contractor.close().await;
    let owner = Device::open(&owner, false).await;
    owner.meet().await;
    let who = "Contractor".to_owned();
    let revoke =
        enginus_engine::api::AccessCommand::Revoke { project: None, who, reason: "left".to_owned(), preview: false };
    owner.ask(Command::Access(revoke)).await.unwrap();
    owner.add("Projects", &[stage.drawing("SP-009_SECRET-P01.pdf", 9)]).await;
    owner.meet().await;
    owner.close().await;
    let contractor = Device::open(&contractor, false).await;
    let report = contractor.sync_for(5_000).await;
    let side = report.sides.iter().find(|side| side.kind == "relay").unwrap();
    assert!(side.reachable, "{report:?}");
    assert!(contractor.numbers().await.is_empty(), "nothing of what came after");
    contractor.close().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_project_stands_in_clear_on_the_relays_disk() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let owner = owner_with(&stage, &relay).await;
    owner.add("Projects", &[stage.file("CANARY-77_HARBOUR LIGHT-P01.pdf", b"canary in the file 4471")]).await;
    owner.edit("CANARY-77", "title", "canary in the title 4471").await;
    owner.invite("contractor", &[]).await;
    owner.meet().await;
    let home = owner.close().await;
    relay.stop().await;
    let kept: Vec<Vec<u8>> =
        files_under(&stage.path("relay")).iter().map(|path| std::fs::read(path).unwrap()).collect();
    let stands = |words: &str| {
        let words = words.as_bytes();
        kept.iter().any(|bytes| bytes.windows(words.len()).any(|window| window == words))
    };
    for words in ["CANARY-77", "canary in", "HARBOUR", "Sample Plant", "Owner", "contractor", "Projects", "issued for"]
    {
        assert!(!stands(words), "{words}");
    }
    let id = enginus_engine::Engine::open(enginus_engine::Options {
        home,
        network: enginus_engine::NetworkOptions { at_once: false, bind: [127, 0, 0, 1].into(), mdns: false },
    })
    .await
    .unwrap()
    .home()
    .projects[0]
        .id;
    let id = id.as_bytes();
    assert!(kept.iter().any(|bytes| bytes.windows(32).any(|window| window == id)), "the search finds what is there");
}
