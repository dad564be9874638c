//! An owner and a contractor: join, work apart, meet again.

use enginus_engine::api::{Command, ConflictInfo, FailureKind};
use enginus_tests::{Device, FOLDERS, PATIENCE_MS, Stage};

/// An owner with one drawing in every folder, and a contractor who joined by ticket; both are online.
async fn pair(stage: &Stage) -> (Device, Device) {
    let owner = Device::owner(stage, &[]).await;
    for (seed, folder) in (1..).zip(FOLDERS) {
        owner.add(folder, &[stage.drawing(&format!("SP-00{seed}_SHEET {seed}-P01.pdf"), seed)]).await;
    }
    let owner = owner.online().await;
    let contractor = Device::new(stage, "Contractor").await;
    contractor.join_now(&owner.invite("contractor", &[]).await).await;
    (owner, contractor)
}

#[tokio::test(flavor = "multi_thread")]
async fn work_done_apart_comes_together() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    assert_eq!(contractor.register().await, owner.register().await);
    for (seed, number) in [(1, "SP-001"), (7, "SP-007")] {
        let name = format!("{number}_SHEET {seed}-P01.pdf");
        assert_eq!(contractor.get(number, None, PATIENCE_MS).await.unwrap(), enginus_tests::drawing(&name, seed));
    }

    let (owner, contractor) = (owner.offline().await, contractor.offline().await);
    for (device, seed, who) in [(&owner, 21, "OWNER"), (&contractor, 22, "CONTRACTOR")] {
        device.revise("SP-002", stage.drawing("revised.pdf", seed), "changed on site").await;
        device.edit("SP-003", "title", &format!("TITLE OF THE {who}")).await;
        device.add("Materials", &[stage.drawing("SP-100_SAME NUMBER-P01.pdf", seed + 10)]).await;
        device.add("Materials", &[stage.drawing(&format!("SP-{who}_OWN-P01.pdf"), seed + 20)]).await;
    }

    let (owner, contractor) = (owner.online().await, contractor.online().await);
    contractor.sync().await;
    let (ours, theirs) = (owner.register().await, contractor.register().await);
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), FOLDERS.len() + 4, "every document of both sides is there");
    assert_eq!(owner.status().await.heads, contractor.status().await.heads);

    let revised = contractor.show("SP-002").await;
    let clashing: Vec<_> = revised.all_revisions.iter().filter(|revision| revision.in_conflict).collect();
    assert_eq!(clashing.iter().map(|revision| revision.revision.as_str()).collect::<Vec<_>>(), ["P02", "P02"]);
    assert!(revised.listing.conflict);
    for revision in &clashing {
        let bytes = contractor.get("SP-002", Some(&revision.id.to_string()), PATIENCE_MS).await.unwrap();
        let seed = if revision.added_by == "Owner" { 21 } else { 22 };
        assert_eq!(bytes, enginus_tests::drawing("revised.pdf", seed), "by {}", revision.added_by);
    }

    let retitled = owner.show("SP-003").await;
    let ConflictInfo { field, shown: winner, others: losers } = &retitled.conflicts[0];
    assert_eq!((field.as_str(), losers.len()), ("title", 1));
    let same: Vec<_> = ours.iter().filter(|document| document.listing.number == "SP-100").collect();
    assert!(same.len() == 2 && same.iter().all(|document| document.number_clash && document.listing.conflict));

    // What was concurrent is settled once, for both.
    let (keep, dropped) = (losers[0].0.clone(), winner.clone());
    let settle =
        Command::DocSettle { project: None, number: "SP-003".to_owned(), field: field.clone(), keep: keep.clone() };
    contractor.ask(settle).await.unwrap();
    contractor.edit(&same[0].listing.id.to_string(), "number", "SP-101").await;
    owner.sync().await;
    assert_eq!(owner.register().await, contractor.register().await);
    let settled = owner.show("SP-003").await;
    assert_eq!((settled.listing.title, settled.conflicts), (keep, Vec::new()));
    assert_ne!(dropped, owner.show("SP-003").await.listing.title);
    assert!(!owner.show("SP-100").await.number_clash && !owner.show("SP-101").await.number_clash);

    for device in [owner, contractor] {
        device.rebuild().await;
        device.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_sides_see_the_same_members_by_name() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    owner.sync().await;
    for device in [&owner, &contractor] {
        let members = device.members().await;
        let told: Vec<_> = members.iter().map(|m| (m.name.as_str(), m.roles.join(","), m.devices.len())).collect();
        assert_eq!(told, [("Owner", "owner".to_owned(), 1), ("Contractor", "contractor".to_owned(), 1)]);
    }
    owner.close().await;
    contractor.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_document_comes_back_with_everything() {
    let stage = Stage::new();
    let (owner, contractor) = pair(&stage).await;
    let (number, reason) = ("SP-002".to_owned(), "superseded".to_owned());
    owner.ask(Command::DocRemove { project: None, number: number.clone(), reason: reason.clone() }).await.unwrap();
    contractor.sync().await;
    assert!(contractor.show("SP-002").await.listing.removed);
    let file = stage.drawing("late.pdf", 3);
    let revise = Command::DocRevise {
        project: None,
        number: number.clone(),
        files: vec![file],
        revision: None,
        status: None,
        reason,
    };
    assert_eq!(contractor.ask(revise).await.unwrap_err().kind, FailureKind::Conflict);
    let restore = Command::DocRestore { project: None, number, reason: "still needed".to_owned() };
    contractor.ask(restore).await.unwrap();
    owner.sync().await;
    assert_eq!(owner.register().await, contractor.register().await);
    assert!(!owner.show("SP-002").await.listing.removed);
    owner.close().await;
    contractor.close().await;
}
