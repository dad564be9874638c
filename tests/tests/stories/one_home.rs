//! One home: several processes at once, an owner that hangs, a damaged file, a newer version.

use enginus_engine::api::{Answer, Command, Failure, FailureKind, FileToAdd};
use enginus_engine::{Client, Engine, NetworkOptions, Options};
use enginus_tests::{Device, Stage};

fn options(home: &std::path::Path) -> Options {
    Options {
        home: home.to_owned(),
        network: NetworkOptions { bind: [127, 0, 0, 1].into(), ..NetworkOptions::default() },
    }
}

async fn ask(client: &Client, command: Command) -> Result<Answer, Failure> {
    client.run(command).finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_works_through_the_first() {
    let stage = Stage::new();
    let home = Device::owner(&stage, &[]).await.close().await;
    let first = Client::connect(options(&home)).await.unwrap();
    let second = Client::connect(options(&home)).await.unwrap();
    assert!(first.engine().is_some() && second.engine().is_none());
    let add = |n: u32| Command::DocAdd {
        project: None,
        folder: "Projects".to_owned(),
        files: vec![FileToAdd { path: stage.drawing(&format!("SP-00{n}_SHEET-P01.pdf"), n), ..FileToAdd::default() }],
        reason: "issued".to_owned(),
    };
    let (one, two) = tokio::join!(ask(&first, add(1)), ask(&second, add(2)));
    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let list = || Command::DocList { project: None, folder: None, removed: false };
    let shown = ask(&second, list()).await.unwrap();
    assert_eq!(shown, ask(&first, list()).await.unwrap());
    assert!(matches!(&shown, Answer::Documents(documents) if documents.len() == 2));
    let refused = ask(&second, add(1)).await.unwrap_err();
    assert_eq!((refused.kind, refused.hint), {
        let same = ask(&first, add(1)).await.unwrap_err();
        (same.kind, same.hint)
    });
    // The first ends; the home goes to whoever comes next.
    first.close().await;
    assert_eq!(ask(&second, list()).await.unwrap_err().kind, FailureKind::Busy);
    second.close().await;
    let third = Client::connect(options(&home)).await.unwrap();
    assert!(third.engine().is_some());
    assert_eq!(ask(&third, list()).await.unwrap(), shown);
    third.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_a_voice_is_told_as_busy() {
    let stage = Stage::new();
    let home = Device::owner(&stage, &[]).await.close().await;
    // It has the store open and listens nowhere.
    let hung = Engine::open(options(&home)).await.unwrap();
    let failure = Client::connect(options(&home)).await.unwrap_err();
    assert!(failure.kind == FailureKind::Busy && failure.hint.is_some(), "{failure}");
    hung.close().await;
    Client::connect(options(&home)).await.unwrap().close().await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_listens_and_says_nothing_is_told_as_busy() {
    let stage = Stage::new();
    let home = Device::owner(&stage, &[]).await.close().await;
    let hung = Engine::open(options(&home)).await.unwrap();
    let listener = std::os::unix::net::UnixListener::bind(home.join("enginus.sock")).unwrap();
    let failure = Client::connect(options(&home)).await.unwrap_err();
    assert!(failure.kind == FailureKind::Busy && failure.message.contains("does not answer"), "{failure}");
    drop(listener);
    hung.close().await;
    // The dead socket is no obstacle.
    Client::connect(options(&home)).await.unwrap().close().await;
}

/// The store of a home's only project.
fn store_of(home: &std::path::Path) -> std::path::PathBuf {
    let projects: Vec<_> =
        std::fs::read_dir(home.join("projects")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(projects.len(), 1);
    projects[0].join("project.redb")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_cut_short_is_told_and_hurts_no_other() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await;
    owner.add("Projects", &[stage.drawing("SP-001_SHEET-P01.pdf", 1)]).await;
    let home = owner.close().await;
    let damaged = store_of(&home);
    let owner = Device::open(&home, false).await;
    owner.create("Second Plant", &[]).await.unwrap();
    owner.close().await;

    let whole = std::fs::read(&damaged).unwrap();
    for length in [whole.len() / 2, 4096, 100, 0] {
        std::fs::write(&damaged, &whole[..length]).unwrap();
        let owner = Device::open(&home, false).await;
        let Answer::Projects(projects) = owner.ask(Command::ProjectList).await.unwrap() else { panic!() };
        let shown: Vec<_> = projects.iter().map(|project| (project.name.as_str(), project.state.as_str())).collect();
        assert!(shown.contains(&("Second Plant", "active")), "{length} bytes: {shown:?}");
        let asked = Command::DocList { project: Some("Second Plant".to_owned()), folder: None, removed: false };
        owner.ask(asked).await.unwrap();
        assert_eq!(std::fs::read(&damaged).unwrap(), whole[..length], "a damaged file is left as it is found");
        // Whoever means the damaged one is told so, and whoever says nothing is not given the other.
        for (project, kind) in [(Some("Sample Plant"), FailureKind::Storage), (None, FailureKind::Ambiguous)] {
            let asked = Command::DocList { project: project.map(ToOwned::to_owned), folder: None, removed: false };
            let failure = owner.ask(asked).await.unwrap_err();
            assert!(failure.kind == kind && failure.hint.is_some(), "{length} bytes: {failure:?}");
        }
        owner.close().await;
    }
    std::fs::write(&damaged, &whole).unwrap();
    let owner = Device::open(&home, false).await;
    assert_eq!(owner.engine().home().projects.len(), 2);
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_home_says_what_is_wrong() {
    let stage = Stage::new();
    let home = Device::owner(&stage, &[]).await.close().await;
    let (key, store) = (home.join("identity.key"), home.join("home.redb"));
    let (key_bytes, store_bytes) = (std::fs::read(&key).unwrap(), std::fs::read(&store).unwrap());
    let refused = async || Engine::open(options(&home)).await.expect_err("it is damaged");

    std::fs::write(&store, &store_bytes[..store_bytes.len() / 2]).unwrap();
    let failure = refused().await;
    assert!(failure.kind == FailureKind::Storage && failure.hint.is_some(), "{failure}");
    std::fs::write(&store, &store_bytes).unwrap();

    std::fs::write(&key, &key_bytes[..key_bytes.len() / 2]).unwrap();
    let failure = refused().await;
    assert!(failure.kind == FailureKind::Storage && failure.hint.is_some(), "{failure}");
    std::fs::remove_file(&key).unwrap();
    let failure = refused().await;
    assert!(failure.kind == FailureKind::Storage && failure.message.contains("key file"), "{failure}");

    let mut newer = key_bytes.clone();
    newer[8] = 200;
    std::fs::write(&key, &newer).unwrap();
    let failure = refused().await;
    assert!(
        failure.message.contains("newer") && failure.hint.as_ref().is_some_and(|hint| hint.contains("update")),
        "{failure:?}"
    );
    std::fs::write(&key, &key_bytes).unwrap();
    Engine::open(options(&home)).await.unwrap().close().await;
}
