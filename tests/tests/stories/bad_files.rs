//! Files that cannot be added: each is refused alone, with why, and nothing of it is kept.

use std::path::{Path, PathBuf};

use enginus_engine::api::{Command, Failure, FailureKind, FileToAdd};
use enginus_tests::{Device, Stage};

async fn refused(owner: &Device, file: &Path) -> Failure {
    let failure = owner.try_add("Projects", &[file.to_owned()]).await.expect_err(&file.display().to_string());
    assert!(failure.hint.is_some(), "{failure}");
    assert!(owner.list().await.is_empty(), "{failure}");
    failure
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_readable_file_is_refused() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let missing = stage.path("SP-001_GONE-P01.pdf");
    assert_eq!(refused(&owner, &missing).await.kind, FailureKind::BadInput);
    let empty = stage.file("SP-001_EMPTY-P01.pdf", b"");
    let failure = refused(&owner, &empty).await;
    assert!(failure.kind == FailureKind::BadInput && failure.message.contains("empty"), "{failure}");
    std::fs::create_dir(stage.path("SP-001_FOLDER-P01.pdf")).unwrap();
    assert_eq!(refused(&owner, &stage.path("SP-001_FOLDER-P01.pdf")).await.kind, FailureKind::BadInput);
    owner.close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn special_files_and_unreadable_ones_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let socket = stage.path("SP-001_SOCKET-P01.pdf");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert_eq!(refused(&owner, &socket).await.kind, FailureKind::BadInput);
    let locked = stage.drawing("SP-001_LOCKED-P01.pdf", 1);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    // The administrator may read everything.
    if std::fs::read(&locked).is_err() {
        assert_eq!(refused(&owner, &locked).await.kind, FailureKind::BadInput);
    }
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_file_keeps_no_other_out() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let good = |n: u32| stage.drawing(&format!("SP-00{n}_SHEET-P01.pdf"), n);
    let files = [good(1), stage.path("SP-002_GONE-P01.pdf"), good(3), stage.file("SP-004_EMPTY-P01.pdf", b""), good(5)];
    let (added, refused) = owner.try_add("Projects", &files).await.unwrap();
    assert_eq!(
        added.iter().map(|document| document.number.as_str()).collect::<Vec<_>>(),
        ["SP-001", "SP-003", "SP-005"]
    );
    assert_eq!(refused.iter().map(|(file, _)| file).collect::<Vec<_>>(), [&files[1], &files[3]]);
    assert_eq!(owner.numbers().await, ["SP-001", "SP-003", "SP-005"]);
    // Once more, the whole list: what is there already is refused, and told how to go on.
    let (added, refused) = owner.try_add("Projects", &files).await.unwrap();
    assert!(added.is_empty() && refused.len() == 5);
    assert!(refused[0].1.hint.as_ref().is_some_and(|hint| hint.contains("doc revise")), "{:?}", refused[0]);
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_names_end_as_names_that_every_system_can_hold() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let longest: String = "N".repeat(251);
    let names =
        ["SP-001_CON\u{7}TROL-P01.pdf", "SP-002_LINE\nBREAK-P01.pdf", "SP-003_RIGHT\u{202e}TO LEFT-P01.pdf", "..pdf"];
    let names = names.into_iter().map(ToOwned::to_owned).chain([format!("{longest}.pdf")]);
    for (seed, name) in (1..).zip(names) {
        let Ok(file) = std::panic::catch_unwind(|| stage.drawing(&name, seed)) else { continue };
        match owner.try_add("Projects", &[file]).await {
            Err(failure) => assert!(
                failure.kind != FailureKind::Internal && failure.kind != FailureKind::Storage,
                "{name:?}: {failure}"
            ),
            Ok((added, _)) => {
                let shown = owner.show(&added[0].id.to_string()).await;
                let kept = shown.listing.file.unwrap();
                let bad = |c: char| c.is_control() || c == '/' || c == '\u{202e}';
                assert!(!kept.contains(bad) && kept.len() <= 255, "{name:?} became {kept:?}");
                assert!(!shown.listing.number.contains(bad) && !shown.listing.title.contains(bad), "{:?}", added[0]);
                let folder = stage.path(&format!("out {seed}"));
                std::fs::create_dir(&folder).unwrap();
                let number = added[0].id.to_string();
                let get = Command::DocGet { project: None, number, revision: None, output: folder.clone(), wait_ms: 0 };
                owner.ask(get).await.unwrap();
                assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "it stays in its folder");
            }
        }
    }
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_says_of_a_file_is_checked() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    let path = stage.drawing("SP-001_SHEET-P01.pdf", 1);
    let file = FileToAdd { path, ..FileToAdd::default() };
    let number = |number: &str| FileToAdd { number: Some(number.to_owned()), ..file.clone() };
    let add = |file: FileToAdd, reason: &str| Command::DocAdd {
        project: None,
        folder: "Projects".to_owned(),
        files: vec![file],
        reason: reason.to_owned(),
    };
    let status = |status: &str| FileToAdd { status: Some(status.to_owned()), ..file.clone() };
    let refusals = [
        add(file.clone(), " "),
        add(number(""), "because"),
        add(number(&"N".repeat(3000)), "because"),
        add(FileToAdd { subfolder: "../outside".to_owned(), ..file.clone() }, "because"),
        add(status("A1"), "because"),
        add(status("XX"), "because"),
        add(FileToAdd { revision: Some("  ".to_owned()), ..file.clone() }, "because"),
    ];
    for command in refusals {
        let failure = owner.ask(command.clone()).await.expect_err(&format!("{command:?}"));
        assert_eq!(failure.kind, FailureKind::Invalid, "{command:?}: {failure}");
    }
    assert!(owner.list().await.is_empty());
    // A number is one line, however it was pasted.
    owner.ask(add(number(" A-001\n\tB "), "because")).await.unwrap();
    assert_eq!(owner.numbers().await, ["A-001 B"]);
    let files: Vec<PathBuf> = Vec::new();
    assert_eq!(owner.try_add("Projects", &files).await.unwrap_err().kind, FailureKind::Invalid);
    let nowhere = owner.try_add("Archive", &[file.path]).await.unwrap_err();
    assert!(nowhere.kind == FailureKind::NotFound && nowhere.candidates.len() == 7);
    owner.close().await;
}
