//! Devices that are nobody's, not yet or not any more.

use std::time::Duration;

use enginus_engine::api::{Answer, Command, InviteTerms, JoinState};
use enginus_tests::{Device, Stage};

/// A ticket that can be redeemed for so long, for access that lasts so long.
async fn invite(owner: &Device, redeem_seconds: i64, access_seconds: Option<i64>) -> String {
    let command = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: Some(redeem_seconds),
        terms: InviteTerms { access_seconds, ..InviteTerms::default() },
    };
    match owner.ask(command).await.unwrap() {
        Answer::Invitation(invitation) => invitation.ticket,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_ticket_lets_nobody_in_who_kept_it_in_time() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let ticket = invite(&owner, 2, None).await;
    let (early, late) = (Device::new(&stage, "Early").await, Device::new(&stage, "Late").await);
    assert!(matches!(late.join(&ticket, 0).await.unwrap(), JoinState::Pending { .. }), "it is kept in time");
    tokio::time::sleep(Duration::from_millis(2_100)).await;
    let owner = owner.online().await;
    late.sync_for(2_000).await;
    assert_eq!(late.status().await.summary.state, "pending");
    assert_eq!(owner.members().await.len(), 1);

    // Another one is let in, and stays in after the end of the ticket.
    let ticket = invite(&owner, 5, None).await;
    early.join_now(&ticket).await;
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    let (owner, early) = (owner.offline().await, early.offline().await);
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let (owner, early) = (owner.online().await, early.online().await);
    early.sync().await;
    assert_eq!(early.numbers().await, ["SP-001"]);
    for device in [owner, early, late] {
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_has_ended_is_served_nothing_more() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let guest = Device::new(&stage, "Guest").await;
    guest.join_now(&invite(&owner, 3600, Some(8)).await).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    guest.sync().await;
    assert_eq!(guest.numbers().await, ["SP-001"]);
    tokio::time::sleep(Duration::from_millis(8_100)).await;
    owner.add("Projects", &[stage.drawing("SP-002_LATER-P01.pdf", 2)]).await;
    guest.sync_for(2_000).await;
    assert_eq!(guest.numbers().await, ["SP-001"], "what they had they keep");
    let guest = guest.offline().await.online().await;
    guest.sync_for(2_000).await;
    assert_eq!(guest.numbers().await, ["SP-001"]);
    owner.close().await;
    guest.close().await;
}
