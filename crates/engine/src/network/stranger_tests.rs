//! Devices that another one does not know, over real connections on loopback.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use crate::api::{AccessAnswer, AccessCommand, Answer, Command, Failure, InviteTerms, SyncReport};
use crate::engine::{SharedProject, lock};
use crate::project::NewFile;
use crate::{Engine, NetworkOptions, Options};

struct Person {
    engine: Engine,
    project: SharedProject,
}

impl Person {
    async fn ask(&self, command: Command) -> Result<Answer, Failure> {
        self.engine.run(command).finish().await
    }

    fn envelopes(&self) -> u64 {
        lock(&self.project).envelopes()
    }

    async fn sync(&self, wait_ms: u64) -> SyncReport {
        match self.ask(Command::SyncOnce { project: None, wait_ms }).await.unwrap() {
            Answer::Synced(report) => report,
            other => panic!("{other:?}"),
        }
    }

    fn plan(&self, number: &str) {
        let file = NewFile { number: number.to_owned(), title: "Sheet".to_owned(), ..NewFile::default() };
        let mut project = lock(&self.project);
        let domain = project.find_folder("Projects").unwrap();
        project.add_documents(domain, vec![file]).unwrap();
    }

    /// Learns where another person's device is, as from an earlier meeting.
    async fn learn_of(&self, other: &Person) {
        let (ours, theirs) = (self.engine.network().await.unwrap(), other.engine.network().await.unwrap());
        let kept = lock(&self.project).remember_peer(&ours.met, theirs.device, &theirs.addresses()).unwrap();
        assert!(kept, "it is a member's device");
    }
}

async fn open(home: &Path) -> Engine {
    let network = NetworkOptions { at_once: false, bind: IpAddr::V4(Ipv4Addr::LOCALHOST), mdns: false };
    let engine = Engine::open(Options { home: home.to_owned(), network }).await.unwrap();
    let name = home.file_name().unwrap().to_string_lossy().into_owned();
    engine.run(Command::Init { name, organisation: None, email: None }).finish().await.unwrap();
    engine
}

/// An owner, and a guest who came in by a ticket and a stick, of which the owner knows nothing. `cancelled` tickets were taken back
/// meanwhile.
async fn apart(stage: &Path, cancelled: bool) -> (Person, Person) {
    let engine = open(&stage.join("Owner")).await;
    let name = "Sample Plant".to_owned();
    let create = Command::ProjectCreate {
        name,
        template: "ges".to_owned(),
        buckets: Vec::new(),
        relays: Vec::new(),
        language: "en".to_owned(),
    };
    engine.run(create).finish().await.unwrap();
    let owner = Person { project: engine.find_project(&None).await.unwrap(), engine };
    let invite = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: InviteTerms::default(),
    };
    let Answer::Invitation(invitation) = owner.ask(invite).await.unwrap() else { panic!("no ticket") };
    let stick = stage.join("stick.enginus");
    owner.ask(Command::BundleExport { project: None, output: stick.clone(), files: true }).await.unwrap();
    if cancelled {
        let list = Command::Access(AccessCommand::Invitations { project: None });
        let Answer::Access(AccessAnswer::Invitations(open)) = owner.ask(list).await.unwrap() else { panic!("no list") };
        let (invitation, reason) = (open[0].id.to_string(), "sent to the wrong person".to_owned());
        owner
            .ask(Command::Access(AccessCommand::CancelInvitation { project: None, invitation, reason }))
            .await
            .unwrap();
    }
    let engine = open(&stage.join("Guest")).await;
    engine.run(Command::Join { ticket: invitation.ticket, wait_ms: 0 }).finish().await.unwrap();
    engine.run(Command::BundleImport { input: stick }).finish().await.unwrap();
    let guest = Person { project: engine.find_project(&None).await.unwrap(), engine };
    assert!(lock(&guest.project).is_active());
    guest.plan("G-001");
    guest.learn_of(&owner).await;
    (owner, guest)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_came_in_elsewhere_is_known_by_what_they_show() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, guest) = apart(stage.path(), false).await;
    let report = guest.sync(30_000).await;
    assert!(report.in_sync, "{report:?}");
    assert!(lock(&owner.project).find_document("G-001").is_ok());
    // Known now, so the address was kept: the owner finds the guest without being asked.
    let ours = owner.engine.network().await.unwrap();
    let theirs = guest.engine.network().await.unwrap();
    assert!(!lock(&owner.project).known_peers(&ours.met).unwrap()[&theirs.device].is_empty());
    guest.engine.close().await;
    owner.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_device_that_is_nobodys_nothing_is_taken_and_nothing_stays() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, guest) = apart(stage.path(), true).await;
    let before = owner.envelopes();
    let report = guest.sync(3_000).await;
    assert!(!report.in_sync, "{report:?}");
    assert_eq!(owner.envelopes(), before, "its keys, its statements and its documents stay its own");
    let (ours, device) = (owner.engine.network().await.unwrap(), guest.engine.network().await.unwrap().device);
    let id = lock(&owner.project).id();
    assert!(ours.session_state(id, device).is_some(), "they were connected");
    guest.engine.close().await;
    let gone = async {
        while ours.session_state(id, device).is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.unwrap();
    assert!(lock(&owner.project).last_seen(&device).is_none());
    assert!(owner.engine.project(&id).unwrap().sync.peers.is_empty());
    owner.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_shows_nothing_is_not_kept_waiting_for_ever() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, guest) = apart(stage.path(), true).await;
    let (ours, device) = (owner.engine.network().await.unwrap(), guest.engine.network().await.unwrap().device);
    let id = lock(&owner.project).id();
    while !ours.is_open(id, device) {
        guest.sync(500).await;
    }
    assert_eq!(ours.strangers.available_permits(), super::STRANGERS_MAX - 1, "it has one place");
    let ended = async {
        while ours.is_open(id, device) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), ended).await.unwrap();
    guest.engine.close().await;
    owner.engine.close().await;
}
