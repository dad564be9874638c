//! The owner has a relay delete what it keeps of the project.

use enginus_engine::api::{Answer, Command, FailureKind};
use enginus_tests::{Device, Relay, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_had_erased_is_not_put_back_by_a_member_who_has_not_heard_of_it() {
    let stage = Stage::new();
    let relay = Relay::start(&stage.path("relay")).await;
    let owner = Device::owner(&stage, &[]).await;
    owner.ask(Command::ProjectRelay { project: None, address: relay.address().to_owned(), used: true }).await.unwrap();
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    owner.meet().await;
    let owner = owner.close().await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&ticket).await;
    contractor.meet().await;
    let erase = || Command::RelayErase { project: None, address: "127.0.0.1".to_owned() };
    let refused = contractor.ask(erase()).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotAllowed, "{refused}");
    let contractor = contractor.close().await;

    let owner = Device::open(&owner, false).await;
    let Answer::Project(project) = owner.ask(erase()).await.unwrap() else { panic!("no project") };
    assert!(project.relays.is_empty());
    owner.close().await;
    let contractor = Device::open(&contractor, false).await;
    let report = contractor.sync_for(5_000).await;
    let side = report.sides.iter().find(|side| side.kind == "relay").unwrap();
    let problem = side.problem.clone().unwrap_or_default();
    assert!(!side.in_sync && problem.contains("does not keep this project yet"), "{report:?}");
    assert_eq!(contractor.numbers().await, ["SP-001"], "devices keep what they have");
    contractor.close().await;
    relay.stop().await;
}
