//! One person, several devices: let in with a code over a real connection, brought back with the 24 words, removed.

use std::path::Path;

use enginus_engine::api::{
    Answer, Command, DeviceInfo, Failure, FailureKind, InviteTerms, JoinState, Secret, SessionAnswer, SessionCommand,
    Update,
};
use enginus_tests::{Device, PATIENCE_MS, Stage, drawing, files_under};

async fn ask(device: &Device, command: SessionCommand) -> Result<SessionAnswer, Failure> {
    match device.ask(Command::Session(command)).await? {
        Answer::Session(answer) => Ok(answer),
        other => panic!("{other:?}"),
    }
}

async fn devices(device: &Device) -> Vec<DeviceInfo> {
    match ask(device, SessionCommand::DeviceList).await.unwrap() {
        SessionAnswer::Devices(devices) => devices,
        other => panic!("{other:?}"),
    }
}

/// Shows a code; the command goes on.
async fn code(device: &Device) -> (Secret, enginus_engine::Running) {
    let mut running = device.engine().run(Command::Session(SessionCommand::DeviceAdd));
    match running.next().await {
        Some(Update::DeviceCode { code, .. }) => (code, running),
        other => panic!("{other:?}"),
    }
}

fn with_code(code: &Secret) -> SessionCommand {
    SessionCommand::DeviceJoin { code: code.clone(), device_name: Some("site laptop".to_owned()), wait_ms: PATIENCE_MS }
}

async fn words(device: &Device) -> Secret {
    match ask(device, SessionCommand::Phrase { passphrase: None }).await.unwrap() {
        SessionAnswer::Phrase { words, .. } => words,
        other => panic!("{other:?}"),
    }
}

/// An empty home that belongs to the person of the words.
async fn recovered(stage: &Stage, home: &str, words: &Secret) -> Device {
    let device = Device::open(&stage.path(home), false).await;
    let recover =
        SessionCommand::Recover { phrase: words.clone(), name: "Owner".to_owned(), organisation: None, email: None };
    assert!(matches!(ask(&device, recover).await.unwrap(), SessionAnswer::Recovered(_)));
    device
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_is_let_in_works_and_is_removed() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let (code, adding) = code(&owner).await;
    let laptop = Device::open(&stage.path("laptop"), false).await;
    let joined = ask(&laptop, with_code(&code)).await.unwrap();
    let SessionAnswer::DeviceJoined { identity, projects } = joined else { panic!("{joined:?}") };
    assert!(matches!(&projects[..], [JoinState::Joined { name, .. }] if name == "Sample Plant"), "{projects:?}");
    let added = adding.finish().await.unwrap();
    let Answer::Session(SessionAnswer::DeviceAdded(added)) = added else { panic!("{added:?}") };
    assert!(added.device == identity.device && added.name == "site laptop" && added.projects.len() == 1, "{added:?}");

    // One person, two devices; both see both, and what either writes counts.
    assert_eq!(owner.engine().home().identity.clone().unwrap().person, identity.person);
    assert_eq!(laptop.get("SP-001", None, PATIENCE_MS).await.unwrap(), drawing("SP-001_LAYOUT-P01.pdf", 1));
    laptop.add("Materials", &[stage.drawing("SP-002_MODULES-P01.pdf", 2)]).await;
    laptop.sync().await;
    assert_eq!(owner.numbers().await, ["SP-001", "SP-002"]);
    assert_eq!(owner.members().await.len(), 1);
    let seen = devices(&laptop).await;
    assert!(seen.len() == 2 && seen[0].is_this && seen[0].name == "site laptop", "{seen:?}");

    // The code is of no use to anybody else.
    let third = Device::open(&stage.path("third"), false).await;
    assert_eq!(ask(&third, with_code(&code)).await.unwrap_err().kind, FailureKind::Unreachable);
    third.close().await;

    let remove = |device: &str| SessionCommand::DeviceRemove { device: device.to_owned(), reason: "lost".to_owned() };
    assert_eq!(ask(&laptop, remove("site laptop")).await.unwrap_err().kind, FailureKind::Invalid, "not itself");
    let removed = ask(&owner, remove("site laptop")).await.unwrap();
    assert!(matches!(removed, SessionAnswer::DeviceRemoved { projects, .. } if projects == ["Sample Plant"]));
    assert!(devices(&owner).await.iter().any(|device| device.name == "site laptop" && device.removed));
    owner.add("Projects", &[stage.drawing("SP-003_AFTER-P01.pdf", 3)]).await;
    laptop.sync_for(3_000).await;
    assert!(!laptop.numbers().await.contains(&"SP-003".to_owned()), "a removed device gets nothing new");
    assert_eq!(owner.numbers().await, ["SP-001", "SP-003", "SP-002"], "what it wrote before stands, folder by folder");
    laptop.close().await;
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_stopped_altered_or_guessed_lets_nobody_in() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    let laptop = Device::open(&stage.path("laptop"), false).await;
    let (stopped, adding) = code(&owner).await;
    adding.cancel();
    assert_eq!(adding.finish().await.unwrap_err().kind, FailureKind::Cancelled);
    assert_eq!(ask(&laptop, with_code(&stopped)).await.unwrap_err().kind, FailureKind::Unreachable);

    let (good, adding) = code(&owner).await;
    for at in [20, 40, 60] {
        let mut letters = good.reveal().to_owned().into_bytes();
        letters[at] = if letters[at] == b'a' { b'b' } else { b'a' };
        let altered = Secret::new(String::from_utf8(letters).unwrap());
        assert_eq!(ask(&laptop, with_code(&altered)).await.unwrap_err().kind, FailureKind::BadInput, "letter {at}");
    }
    assert!(laptop.engine().home().identity.is_none());
    // A newer code takes the place of the older one.
    let (newer, adding_newer) = code(&owner).await;
    assert_eq!(adding.finish().await.unwrap_err().kind, FailureKind::Conflict);
    assert!(ask(&laptop, with_code(&good)).await.is_err(), "the older one is of no use");
    assert!(ask(&laptop, with_code(&newer)).await.is_ok(), "and the newer one is");
    adding_newer.finish().await.unwrap();
    assert_eq!(
        ask(&laptop, with_code(&newer)).await.unwrap_err().kind,
        FailureKind::Conflict,
        "once a home is somebody's"
    );
    laptop.close().await;
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_and_the_bucket_bring_everything_back() {
    let stage = Stage::new();
    std::fs::create_dir(stage.path("bucket")).unwrap();
    let bucket = stage.bucket("bucket");
    let owner = Device::owner(&stage, std::slice::from_ref(&bucket)).await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    owner.revise("SP-001", stage.drawing("layout.pdf", 2), "moved the road").await;
    let register = owner.register().await;
    owner.sync_for(PATIENCE_MS).await;
    let words = words(&owner).await;
    // Somebody else's project lies in the same bucket.
    let stranger = Device::new(&stage, "Stranger").await;
    stranger.create("Other Plant", std::slice::from_ref(&bucket)).await.unwrap();
    stranger.sync_for(PATIENCE_MS).await;
    stranger.close().await;
    let lost = owner.close().await;
    std::fs::remove_dir_all(&lost).unwrap();

    let fresh = recovered(&stage, "fresh", &words).await;
    let recover = |from: &str| SessionCommand::ProjectRecover { from: from.to_owned(), wait_ms: PATIENCE_MS };
    let back = ask(&fresh, recover(&bucket)).await.unwrap();
    let SessionAnswer::ProjectsRecovered(projects) = back else { panic!("{back:?}") };
    assert!(matches!(&projects[..], [JoinState::Joined { name, .. }] if name == "Sample Plant"), "{projects:?}");
    assert_eq!(fresh.register().await, register);
    assert_eq!(fresh.get("SP-001", None, 0).await.unwrap(), drawing("layout.pdf", 2));
    assert_eq!(project_folders(fresh.home()), 1, "nothing of the stranger's project stays");
    // The new device counts: what it writes is read by whoever comes after it.
    fresh.add("Materials", &[stage.drawing("SP-002_MODULES-P01.pdf", 3)]).await;
    fresh.sync_for(PATIENCE_MS).await;
    fresh.rebuild().await;
    assert_eq!(ask(&fresh, recover(&bucket)).await.unwrap_err().kind, FailureKind::NotFound, "nothing more is there");
    fresh.close().await;

    let again = recovered(&stage, "again", &words).await;
    ask(&again, recover(&bucket)).await.unwrap();
    assert_eq!(again.numbers().await, ["SP-001", "SP-002"]);
    assert_eq!(devices(&again).await.iter().filter(|device| !device.removed).count(), 3);
    again.close().await;
}

fn project_folders(home: &Path) -> usize {
    let stores = files_under(&home.join("projects"));
    stores.iter().filter(|path| path.ends_with("project.redb")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_and_a_members_ticket_bring_everything_back() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let ticket = owner.invite("contractor", &[]).await;
    let contractor = Device::new(&stage, "Contractor").await;
    contractor.join_now(&ticket).await;
    let words = words(&contractor).await;
    let lost = contractor.close().await;
    std::fs::remove_dir_all(&lost).unwrap();

    let fresh = recovered(&stage, "fresh", &words).await;
    // Used up, and still it says where the project is.
    let recover = SessionCommand::ProjectRecover { from: ticket, wait_ms: PATIENCE_MS };
    let back = ask(&fresh, recover).await.unwrap();
    assert!(
        matches!(&back, SessionAnswer::ProjectsRecovered(projects) if matches!(projects[..], [JoinState::Joined { .. }])),
        "{back:?}"
    );
    fresh.revise("SP-001", stage.drawing("layout.pdf", 2), "moved the road").await;
    fresh.sync().await;
    assert_eq!(owner.show("SP-001").await.all_revisions.len(), 2);
    assert_eq!(owner.members().await.len(), 2, "the same person as before");
    fresh.close().await;
    owner.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_for_one_person_is_of_use_to_that_person_alone() {
    let stage = Stage::new();
    let owner = Device::owner(&stage, &[]).await.online().await;
    owner.add("Projects", &[stage.drawing("SP-001_LAYOUT-P01.pdf", 1)]).await;
    let consultant = Device::new(&stage, "Consultant").await;
    let SessionAnswer::Contact(card) = ask(&consultant, SessionCommand::Contact).await.unwrap() else { panic!() };
    let invite = Command::Invite {
        project: None,
        role: "consultant".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: InviteTerms { to: Some(card), ..InviteTerms::default() },
    };
    let Answer::Invitation(invitation) = owner.ask(invite).await.unwrap() else { panic!() };
    let stranger = Device::new(&stage, "Stranger").await;
    assert_eq!(stranger.join(&invitation.ticket, PATIENCE_MS).await.unwrap_err().kind, FailureKind::BadInput);
    assert!(stranger.engine().home().projects.is_empty());
    stranger.close().await;

    // A device that the person recovered since is that person, too.
    let words = words(&consultant).await;
    consultant.close().await;
    let fresh = recovered(&stage, "fresh", &words).await;
    fresh.join_now(&invitation.ticket).await;
    assert_eq!(fresh.numbers().await, ["SP-001"]);
    assert_eq!(owner.members().await.len(), 2);
    fresh.close().await;
    owner.close().await;
}
