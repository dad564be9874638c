//! Joining a project with a long past: its rows are there before its entries.

use enginus_engine::api::{Command, NewDocument};
use enginus_tests::{Device, Stage};

/// Entries above which a joiner begins with a snapshot.
const ACTS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn a_joiner_sees_the_register_before_the_entries_and_the_same_one_after() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    for act in 0..ACTS {
        let document =
            NewDocument { number: format!("SP-{act:04}"), title: format!("Sheet {act}"), ..NewDocument::default() };
        let (folder, reason) = ("Projects".to_owned(), "planned".to_owned());
        owner.ask(Command::DocPlan { project: None, folder, documents: vec![document], reason }).await.unwrap();
    }
    let owner = owner.online().await;
    let ticket = owner.invite("contractor", &[]).await;
    let project = owner.window().id;

    let joiner = Device::new(&stage, "Contractor").await;
    // As a window does: whatever is published is looked at.
    let (engine, mut changes) = (joiner.engine().clone(), joiner.engine().changes());
    let watching = tokio::spawn(async move {
        let mut seen = Vec::new();
        loop {
            if changes.changed().await.is_err() {
                return seen;
            }
            let Some(snapshot) = engine.project(&project) else { continue };
            let folder = snapshot.folders.iter().find(|folder| folder.names.values().any(|name| name == "Projects"));
            let Some(folder) = folder else { continue };
            seen.push((folder.view.counts().documents, folder.arriving));
            if folder.view.counts().documents == ACTS && folder.arriving.is_none() {
                return seen;
            }
        }
    });
    joiner.join_now(&ticket).await;
    joiner.sync().await;
    let seen = watching.await.unwrap();
    let early = seen.iter().find(|(_, arriving)| arriving.is_some());
    assert_eq!(early, Some(&(ACTS, Some(ACTS as u64))), "the whole register before the first of its entries: {seen:?}");
    assert!(seen.iter().all(|(documents, _)| [0, ACTS].contains(documents)), "it never shows a part: {seen:?}");
    assert_eq!(joiner.register().await, owner.register().await);
    assert_eq!(joiner.status().await.arriving, None);
    joiner.rebuild().await;
    owner.close().await;
    joiner.close().await;
}
