//! Tickets that cannot be used: a clear refusal, and nothing kept.

use enginus_engine::api::{Command, FailureKind, JoinState};
use enginus_tests::{Device, Stage};

async fn refused(device: &Device, ticket: &str) -> FailureKind {
    let failure = device.join(ticket, 0).await.expect_err(ticket);
    assert!(failure.hint.is_some(), "{ticket}: {failure}");
    assert!(device.engine().home().projects.is_empty(), "{ticket}");
    failure.kind
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ticket_is_refused_and_leaves_nothing() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let ticket = owner.invite("contractor", &[]).await;
    let guest = Device::new(&stage, "Guest").await;
    for cut in [0, 1, 8, 9, 20, ticket.len() / 2, ticket.len() - 1] {
        assert_eq!(refused(&guest, &ticket[..cut]).await, FailureKind::BadInput, "{cut} characters");
    }
    for foreign in ["https://example.invalid/join", "enginus2abcdefgh", "enginus1", "enginus1!!!!", "ÇİĞDEM"] {
        assert_eq!(refused(&guest, foreign).await, FailureKind::BadInput, "{foreign}");
    }
    for at in (8..ticket.len()).step_by(ticket.len() / 50) {
        let mut altered: Vec<char> = ticket.chars().collect();
        altered[at] = if altered[at] == 'a' { 'b' } else { 'a' };
        assert_eq!(refused(&guest, &altered.iter().collect::<String>()).await, FailureKind::BadInput, "at {at}");
    }
    // A ticket survives being read aloud, pasted with space around it, or typed in capitals.
    let spelled = format!("  {}\n", ticket.to_ascii_uppercase());
    assert!(matches!(guest.join(&spelled, 0).await.unwrap(), JoinState::Pending { .. }));
    owner.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_ticket_and_the_same_ticket_again() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let ticket = owner.invite("contractor", &[]).await;
    assert_eq!(owner.join(&ticket, 0).await.unwrap_err().kind, FailureKind::Conflict);
    let guest = Device::new(&stage, "Guest").await;
    guest.join_now(&ticket).await;
    let again = guest.join(&ticket, 0).await.unwrap_err();
    assert!(again.kind == FailureKind::Conflict && again.message.contains("already"), "{again}");
    assert_eq!(guest.engine().home().projects.len(), 1);
    owner.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_ticket_says_so() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let invite = |seconds| Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: Some(seconds),
        terms: enginus_engine::api::InviteTerms::default(),
    };
    assert_eq!(owner.ask(invite(0)).await.unwrap_err().kind, FailureKind::Invalid);
    let enginus_engine::api::Answer::Invitation(invitation) = owner.ask(invite(1)).await.unwrap() else { panic!() };
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let guest = Device::new(&stage, "Guest").await;
    let failure = guest.join(&invitation.ticket, 0).await.unwrap_err();
    assert!(failure.message.contains("expired") && failure.hint.is_some(), "{failure}");
    owner.close().await;
    guest.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_for_one_person() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let ticket = owner.invite("contractor", &[]).await;
    let first = Device::new(&stage, "First").await;
    first.join_now(&ticket).await;
    owner.sync().await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let second = Device::new(&stage, "Second").await;
    let JoinState::Pending { why, .. } = second.join(&ticket, 2_000).await.unwrap() else {
        panic!("two persons came in")
    };
    assert!(why.contains("used"), "what keeps it waiting is not said: {why}");

    // Nor does a stick let the second one in.
    owner.export(&stage.path("stick.enginus")).await;
    let (joined, _) = second.import(&stage.path("stick.enginus")).await.unwrap();
    assert!(!joined && second.status().await.summary.state == "pending");
    assert!(second.listing(None).await.is_ok_and(|documents| documents.is_empty()));
    assert!(second.status().await.notices.iter().any(|notice| notice.contains("used")));
    owner.sync().await;
    for device in [&owner, &first] {
        let names: Vec<_> = device.members().await.into_iter().map(|member| member.name).collect();
        assert_eq!(names, ["Owner", "First"]);
    }
    for device in [owner, first, second] {
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_one_ticket_apart_every_device_takes_the_same() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    let stick = stage.path("stick.enginus");
    owner.export(&stick).await;
    let (one, two) = (Device::new(&stage, "One").await, Device::new(&stage, "Two").await);
    for (device, seed) in [(&one, 2), (&two, 3)] {
        device.join(&ticket, 0).await.unwrap();
        assert!(device.import(&stick).await.unwrap().0);
        device.add("Projects", &[stage.drawing(&format!("SP-00{seed}_OWN-P01.pdf"), seed)]).await;
    }
    for from in [&one, &two, &one] {
        from.export(&stick).await;
        for to in [&owner, &one, &two] {
            to.import(&stick).await.unwrap();
        }
    }
    let names: Vec<_> = owner.members().await.into_iter().map(|member| member.name).collect();
    assert_eq!(names.len(), 2, "the ticket was for one: {names:?}");
    let loser = if names[1] == "One" { &two } else { &one };
    let winner = if names[1] == "One" { &one } else { &two };
    assert_eq!(winner.register().await, owner.register().await);
    assert_eq!(owner.list().await.len(), 2, "the one who came in, and what was there");
    assert!(owner.status().await.waiting > 0, "what the other wrote waits; it is not thrown away");
    // The other one is told, and keeps what they wrote.
    let told = loser.try_add("Projects", &[stage.drawing("SP-009_MORE-P01.pdf", 9)]).await.unwrap_err();
    assert_eq!(told.kind, enginus_engine::api::FailureKind::NotAllowed);
    for device in [owner, one, two] {
        device.close().await;
    }
}
