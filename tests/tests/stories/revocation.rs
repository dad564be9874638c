//! A member is removed while they work offline and a colleague builds on some of it.

use std::path::Path;

use enginus_engine::api::{
    AccessAnswer, AccessCommand, Answer, Command, Failure, FailureKind, ProjectState, ReviewEntry,
};
use enginus_tests::{Device, Stage, files_under};

async fn access(device: &Device, command: AccessCommand) -> Result<AccessAnswer, Failure> {
    match device.ask(Command::Access(command)).await? {
        Answer::Access(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

async fn review(device: &Device) -> Vec<ReviewEntry> {
    match access(device, AccessCommand::Review { project: None }).await.unwrap() {
        AccessAnswer::Review(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn revoke(who: &str, preview: bool) -> AccessCommand {
    let reason = "left the project".to_owned();
    AccessCommand::Revoke { project: None, who: who.to_owned(), reason, preview }
}

async fn member(stage: &Stage, owner: &Device, name: &str, role: &str) -> Device {
    let member = Device::new(stage, name).await;
    member.join_now(&owner.invite(role, &[]).await).await;
    member
}

/// No file of a home holds a text, in clear.
fn assert_holds_nothing_of(home: &Path, canary: &[u8]) {
    for file in files_under(home) {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary), "{} holds it", file.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_colleagues_built_on_stands_the_rest_waits_and_nothing_later_is_readable() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner
        .add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1), stage.drawing("SP-002_CABLES-P01.pdf", 2)])
        .await;
    let contractor = member(&stage, &owner, "Contractor", "contractor").await;
    let colleague = member(&stage, &owner, "Colleague", "contractor").await;
    let investor = Device::new(&stage, "Investor").await;
    investor.join_now(&owner.invite("investor", &["Projects", "Payment Requests"]).await).await;
    let held = investor.status().await.envelopes;
    owner.add("Materials", &[stage.drawing("SECRET-55_PRICES-P01.pdf", 55)]).await;
    owner.sync().await;
    let home = investor.close().await;
    assert_holds_nothing_of(&home, b"SECRET-55");
    let investor = Device::open(&home, false).await;
    assert_eq!(investor.status().await.envelopes, held, "not even sealed");
    investor.close().await;
    colleague.sync().await;

    // On site, without any network: the contractor revises a drawing, the colleague gives it another title.
    let (owner, contractor, colleague) = (owner.offline().await, contractor.offline().await, colleague.offline().await);
    contractor.revise("SP-001", stage.drawing("as-found.pdf", 11), "as found on site").await;
    let stick = stage.path("stick.enginus");
    contractor.export(&stick).await;
    colleague.import(&stick).await.unwrap();
    assert_eq!(colleague.show("SP-001").await.all_revisions.len(), 2);
    colleague.edit("SP-001", "title", "LAYOUT AS FOUND").await;
    // Then the contractor works alone.
    contractor.add("Projects", &[stage.drawing("SP-500_ALONE-P01.pdf", 50)]).await;

    // Meanwhile the owner, who knows nothing of either, removes the contractor.
    let AccessAnswer::Changed(preview) = access(&owner, revoke("Contractor", true)).await.unwrap() else { panic!() };
    assert!(!preview.done && preview.loses_reading.contains(&"Projects".to_owned()), "{preview:?}");
    assert!(preview.keys_renewed > 0 && preview.last_seen.is_some(), "{preview:?}");
    assert!(owner.members().await.iter().any(|member| member.name == "Contractor"), "a preview does nothing");
    let AccessAnswer::Changed(done) = access(&owner, revoke("Contractor", false)).await.unwrap() else { panic!() };
    assert!(done.done && done.keys_renewed > 0);
    assert!(owner.members().await.iter().all(|member| member.name != "Contractor"));

    // Owner and colleague meet: the colleague's work stands, and with it what it was built on.
    let (owner, colleague) = (owner.online().await, colleague.online().await);
    colleague.sync().await;
    let shown = owner.show("SP-001").await;
    assert_eq!(shown.listing.title, "LAYOUT AS FOUND");
    assert_eq!(shown.all_revisions.len(), 2);
    assert_eq!(owner.register().await, colleague.register().await);

    // The contractor comes back: what nobody built on waits for review, on every device alike.
    let contractor = contractor.online().await;
    contractor.see("the removal", |project| matches!(project.state, ProjectState::Removed(_))).await;
    owner.see("the entry for review", |project| project.access.waiting_for_review == 1).await;
    colleague.see("the entry for review", |project| project.access.waiting_for_review == 1).await;
    assert!(!owner.numbers().await.contains(&"SP-500".to_owned()));
    assert_eq!(owner.register().await, colleague.register().await);
    let waiting = review(&owner).await;
    assert_eq!(
        (waiting[0].by.as_str(), waiting[0].documents.as_slice()),
        ("Contractor", ["SP-500".to_owned()].as_slice())
    );
    assert!(waiting[0].may_accept && !review(&colleague).await[0].may_accept);

    // The contractor keeps what they had, is told so plainly, and writes nothing more.
    assert!(contractor.numbers().await.contains(&"SP-500".to_owned()));
    let ProjectState::Removed(told) = contractor.window().state.clone() else { panic!() };
    assert_eq!((told.by.as_str(), told.reason.as_str()), ("Owner", "left the project"));
    let refused = contractor.try_add("Projects", &[stage.drawing("SP-501_LATER-P01.pdf", 51)]).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::NotAllowed);

    // What comes after is not readable to the contractor's device, whatever reaches it.
    colleague.add("Projects", &[stage.drawing("CANARY-77_AFTERWARDS-P01.pdf", 77)]).await;
    owner.sync_for(5_000).await;
    let bundle = stage.path("all.enginus");
    owner.export(&bundle).await;
    let _ = contractor.import(&bundle).await;
    assert!(!contractor.numbers().await.iter().any(|number| number.starts_with("CANARY")));
    let home = contractor.close().await;
    assert_holds_nothing_of(&home, b"CANARY-77");

    // A manager accepts what waited, and everybody has it.
    let refused =
        access(&colleague, AccessCommand::Accept { project: None, entries: vec![], reason: "ok".into() }).await;
    assert!(refused.is_err());
    let accepted =
        access(&owner, AccessCommand::Accept { project: None, entries: vec![], reason: "it was agreed".into() }).await;
    assert_eq!(accepted.unwrap(), AccessAnswer::Accepted { entries: 1 });
    assert!(owner.numbers().await.contains(&"SP-500".to_owned()));
    colleague.see("the accepted document", |project| project.access.waiting_for_review == 0).await;
    assert_eq!(owner.register().await, colleague.register().await);
    owner.rebuild().await;
    colleague.rebuild().await;
    assert_eq!(owner.register().await, colleague.register().await);
    owner.close().await;
    colleague.close().await;
}
