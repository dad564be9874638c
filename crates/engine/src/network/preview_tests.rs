//! A joiner and the snapshots it is given, without a network: every step is taken by hand.

use std::path::Path;

use enginus_crdt::{Edit, Shard, ShardId};
use enginus_envelope::{Envelope, log_id};
use enginus_model::{DeviceId, DocumentId, DomainId, Instant, Lane};
use enginus_sync::SnapshotQuestion;

use super::giving::Giving;
use crate::api::{Answer, Command, DocumentListing, Failure, FailureKind, InviteTerms, NewDocument};
use crate::engine::{SharedProject, lock};
use crate::project::{NewFile, SealedSnapshot};
use crate::{Engine, NetworkOptions, Options};

/// Above the threshold from which snapshots are asked for.
const ACTS: u32 = 300;
const FOLDER: &str = "Projects";

struct Person {
    engine: Engine,
    project: SharedProject,
}

impl Person {
    async fn ask(&self, command: Command) -> Result<Answer, Failure> {
        self.engine.run(command).finish().await
    }

    async fn list(&self) -> Vec<DocumentListing> {
        match self.ask(Command::DocList { project: None, folder: None, removed: true }).await.unwrap() {
            Answer::Documents(documents) => documents,
            other => panic!("{other:?}"),
        }
    }

    fn folder(&self) -> DomainId {
        lock(&self.project).find_folder(FOLDER).unwrap()
    }

    /// How many entries its folder still lacks, as a window shows it.
    fn arriving(&self) -> Option<u64> {
        let published = lock(&self.project).published();
        let snapshot = published.snapshot();
        snapshot.folders.iter().find(|folder| folder.domain == self.folder()).unwrap().arriving
    }

    /// Takes a snapshot as a session does; true where it is shown.
    fn take(&self, snapshot: SealedSnapshot) -> bool {
        let opener = lock(&self.project).snapshot_opener(&snapshot).unwrap();
        let opened = opener.and_then(|opener| opener.open(snapshot));
        opened.map(|opened| lock(&self.project).take_preview(opened).unwrap()).is_some()
    }

    async fn status(&self) -> Option<u64> {
        match self.ask(Command::Status { project: None }).await.unwrap() {
            Answer::Status(status) => status.projects[0].arriving,
            other => panic!("{other:?}"),
        }
    }
}

async fn open(home: &Path) -> Engine {
    let engine = Engine::open(Options { home: home.to_owned(), network: NetworkOptions::default() }).await.unwrap();
    let name = home.file_name().unwrap().to_string_lossy().into_owned();
    engine.run(Command::Init { name, organisation: None, email: None }).finish().await.unwrap();
    engine
}

/// An owner with a folder of many small acts, and a joiner who has everything but that folder.
async fn joining(stage: &Path) -> (Person, Person, Vec<Vec<u8>>) {
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
    let domain = owner.folder();
    for act in 0..ACTS {
        let file = NewFile { number: format!("N-{act:04}"), title: format!("Sheet {act}"), ..NewFile::default() };
        lock(&owner.project).add_documents(domain, vec![file]).unwrap();
    }
    let invite = Command::Invite {
        project: None,
        role: "contractor".to_owned(),
        folders: Vec::new(),
        expires_seconds: None,
        terms: InviteTerms::default(),
    };
    let Answer::Invitation(invitation) = owner.ask(invite).await.unwrap() else { panic!("no ticket") };
    let engine = open(&stage.join("Joiner")).await;
    engine.run(Command::Join { ticket: invitation.ticket, wait_ms: 0 }).finish().await.unwrap();
    let joiner = Person { project: engine.find_project(&None).await.unwrap(), engine };
    let (folder, rest): (Vec<_>, Vec<_>) =
        envelopes(&owner).into_iter().partition(|bytes| Envelope::decode(bytes).unwrap().header.domain == domain);
    lock(&joiner.project).receive(&rest).unwrap();
    assert!(lock(&joiner.project).is_active() && joiner.list().await.is_empty());
    (owner, joiner, folder)
}

fn envelopes(owner: &Person) -> Vec<Vec<u8>> {
    let project = lock(&owner.project);
    let reader = project.store().read().unwrap();
    let keys = project.pullable_envelopes().unwrap();
    keys.iter().map(|key| reader.envelope(key).unwrap().unwrap()).collect()
}

/// The epoch of the newest entry in the folder.
fn newest_epoch(owner: &Person) -> enginus_model::EpochId {
    let headers = envelopes(owner).into_iter().map(|bytes| Envelope::decode(&bytes).unwrap().header);
    headers.filter(|header| header.domain == owner.folder()).max_by_key(|header| header.seq).unwrap().epoch
}

/// What the owner gives a joiner of its folder.
fn snapshots(owner: &Person) -> Vec<SealedSnapshot> {
    let (mut giving, domain) = (Giving::default(), owner.folder());
    giving.prepare(&owner.project, SnapshotQuestion::Which { domain }, |_, _| true).unwrap();
    let mut snapshots = Vec::new();
    for offer in giving.offers(&domain) {
        let id = offer.id;
        giving.prepare(&owner.project, SnapshotQuestion::Part { domain, id }, |_, _| true).unwrap();
        let bytes: Vec<u8> = (0..)
            .map(|part| giving.part(&domain, &id, part * 1000, 1000))
            .take_while(|part| !part.is_empty())
            .flatten()
            .collect();
        assert_eq!(enginus_model::Hash::of(&bytes), id);
        snapshots.push(SealedSnapshot { domain, offer, bytes });
    }
    snapshots
}

#[tokio::test]
async fn an_offered_snapshot_stays_whoever_writes_or_opens_epochs_meanwhile() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, joiner, _) = joining(stage.path()).await;
    let (mut giving, domain) = (Giving::default(), owner.folder());
    giving.prepare(&owner.project, SnapshotQuestion::Which { domain }, |_, _| true).unwrap();
    let id = giving.offers(&domain)[0].id;
    // The ticket is used and closed: what follows is written under a new epoch.
    lock(&owner.project).receive(&envelopes(&joiner)).unwrap();
    let epoch = newest_epoch(&owner);
    let file = NewFile { number: "N-9999".to_owned(), title: "Later".to_owned(), ..NewFile::default() };
    lock(&owner.project).add_documents(domain, vec![file]).unwrap();
    assert_ne!(newest_epoch(&owner), epoch);
    giving.prepare(&owner.project, SnapshotQuestion::Part { domain, id }, |_, _| true).unwrap();
    assert!(!giving.part(&domain, &id, 0, 1000).is_empty());
}

#[tokio::test]
async fn a_joiner_sees_rows_before_the_envelopes_and_the_same_ones_after() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, joiner, folder) = joining(stage.path()).await;
    let offered = snapshots(&owner);
    assert_eq!(offered.len(), 1);
    assert!(offered.iter().cloned().all(|snapshot| joiner.take(snapshot)));
    assert!(!joiner.take(offered[0].clone()), "it is shown already");
    assert_eq!(joiner.list().await, owner.list().await);
    assert_eq!((joiner.arriving(), joiner.status().await), (Some(u64::from(ACTS)), Some(u64::from(ACTS))));
    // A part of the envelopes: nothing of what is shown changes.
    let (some, rest) = folder.split_at(100);
    lock(&joiner.project).receive(some).unwrap();
    assert_eq!(joiner.list().await, owner.list().await);
    assert_eq!(joiner.arriving(), Some(u64::from(ACTS) - 100));
    lock(&joiner.project).receive(rest).unwrap();
    assert_eq!(joiner.list().await, owner.list().await);
    assert_eq!((joiner.arriving(), joiner.status().await), (None, None));
    assert!(!joiner.take(offered[0].clone()), "nothing of it is news");
}

#[tokio::test]
async fn what_only_a_snapshot_tells_is_neither_edited_nor_exported() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, joiner, folder) = joining(stage.path()).await;
    lock(&joiner.project).receive(&folder[..100]).unwrap();
    assert!(snapshots(&owner).into_iter().all(|snapshot| joiner.take(snapshot)));
    let edit = |number: &str| {
        let fields = vec![("title".to_owned(), "Changed".to_owned())];
        Command::DocEdit { project: None, number: number.to_owned(), fields }
    };
    let refused = joiner.ask(edit("N-0200")).await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Conflict);
    assert!(refused.message.contains("still arriving") && refused.hint.is_some(), "{refused:?}");
    let (folder_name, output) = (FOLDER.to_owned(), stage.path().join("log.xlsx"));
    let export = Command::LogExport { project: None, folder: folder_name.clone(), output: output.clone() };
    assert_eq!(joiner.ask(export.clone()).await.unwrap_err().kind, FailureKind::Conflict);
    // What has arrived is worked with, and shown at once; so is what is new.
    joiner.ask(edit("N-0050")).await.unwrap();
    let documents = vec![NewDocument { number: "N-NEW".to_owned(), title: "New".to_owned(), ..NewDocument::default() }];
    let reason = "needed".to_owned();
    joiner.ask(Command::DocPlan { project: None, folder: folder_name, documents, reason }).await.unwrap();
    let shown = joiner.list().await;
    assert_eq!(shown.len(), ACTS as usize + 1);
    assert!(shown.iter().any(|document| document.number == "N-0050" && document.title == "Changed"));
    lock(&joiner.project).receive(&folder[100..]).unwrap();
    assert_eq!(joiner.list().await, shown);
    joiner.ask(edit("N-0200")).await.unwrap();
    joiner.ask(export).await.unwrap();
    assert!(output.exists());
}

/// A shard that a member made up: a document nobody wrote, in the name of a device that never wrote it.
fn made_up(id: ShardId, device: DeviceId) -> Vec<u8> {
    let log = log_id(&device, &id.domain, &[7; 16]);
    let document = DocumentId::from_bytes([9; 16]);
    let edit = Edit::AddDocument {
        id: document,
        number: "FORGED-1".to_owned(),
        title: "Never issued".to_owned(),
        path: String::new(),
        fields: [("note".to_owned(), "x".repeat(500))].into(),
        revision: None,
    };
    let mut shard = Shard::new(id);
    let edited = shard.edit(id.actor(&log, &[1; 6]), log, Instant(1), &[edit]).unwrap();
    shard.confirm(edited.id);
    shard.save()
}

#[tokio::test]
async fn of_a_snapshot_that_lies_nothing_remains() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, joiner, folder) = joining(stage.path()).await;
    let domain = owner.folder();
    let device = lock(&owner.project).identity().device.device_id();
    let source = lock(&owner.project).snapshot_source(&domain).unwrap().unwrap();
    let reader = lock(&owner.project).store().read().unwrap();
    let lie = source.forge(&reader, 0, &made_up(ShardId { domain, lane: Lane::Records, generation: 0 }, device));
    assert!(joiner.take(lie.clone()));
    assert_eq!(joiner.list().await.len(), 1);
    lock(&joiner.project).receive(&folder).unwrap();
    let kept = |joiner: &Person| {
        let stored = lock(&joiner.project).store().read().unwrap().row_count(&domain).unwrap();
        assert_eq!((joiner.arriving(), stored), (None, u64::from(ACTS)));
    };
    kept(&joiner);
    assert_eq!(joiner.list().await, owner.list().await);
    // One that claims to cover what nobody ever wrote ends when another device was proved to hold the same.
    let mut endless = lie;
    endless.offer.covers[0].seq = u64::MAX;
    assert!(joiner.take(endless));
    assert_eq!(joiner.list().await.len(), ACTS as usize + 1);
    lock(&joiner.project).end_previews();
    kept(&joiner);
    assert_eq!(joiner.list().await, owner.list().await);
    let rebuilt = joiner.ask(Command::Rebuild { project: None }).await.unwrap();
    assert!(matches!(rebuilt, Answer::Rebuilt { identical: true, .. }), "{rebuilt:?}");
}

#[tokio::test]
async fn snapshots_that_cannot_be_used_are_passed_over() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, joiner, folder) = joining(stage.path()).await;
    let domain = owner.folder();
    let good = snapshots(&owner).remove(0);
    let source = lock(&owner.project).snapshot_source(&domain).unwrap().unwrap();
    let reader = lock(&owner.project).store().read().unwrap();
    let of = |domain, generation| made_up(ShardId { domain, lane: Lane::Records, generation }, DeviceId([1; 32]));
    let whole = of(domain, 0);
    let mut bad = vec![
        ("empty", source.forge(&reader, 0, &[])),
        ("no shard", source.forge(&reader, 0, &[1; 500])),
        ("another generation", source.forge(&reader, 0, &of(domain, 1))),
        ("another folder's", source.forge(&reader, 0, &of(DomainId::from_bytes([1; 16]), 0))),
    ];
    for end in (0..whole.len()).step_by(7) {
        bad.push(("cut inside", source.forge(&reader, 0, &whole[..end])));
        let mut altered = whole.clone();
        altered[end] ^= 0x55;
        bad.push(("altered inside", source.forge(&reader, 0, &altered)));
    }
    let changed = |change: fn(&mut SealedSnapshot)| {
        let mut snapshot = good.clone();
        change(&mut snapshot);
        snapshot
    };
    bad.extend([
        ("cut", changed(|snapshot| snapshot.bytes.truncate(100))),
        ("altered", changed(|snapshot| snapshot.bytes[200] ^= 1)),
        ("without bytes", changed(|snapshot| snapshot.bytes.clear())),
        ("without a label", changed(|snapshot| snapshot.offer.label.clear())),
        ("under an epoch that is not known here", changed(|snapshot| *snapshot.offer.label.last_mut().unwrap() ^= 1)),
        ("of no folder", changed(|snapshot| snapshot.domain = DomainId::from_bytes([1; 16]))),
    ]);
    for (what, snapshot) in bad {
        // An altered byte may leave a shard that is whole all the same; then it is a lie like any other.
        let shown = joiner.take(snapshot);
        assert!(!shown || what == "altered inside", "{what}");
        lock(&joiner.project).end_previews();
    }
    assert!(joiner.list().await.is_empty());
    lock(&joiner.project).receive(&folder).unwrap();
    assert_eq!(joiner.list().await, owner.list().await);
}

#[tokio::test]
async fn a_device_that_may_not_have_a_folder_gets_none_and_a_small_folder_has_none() {
    let stage = tempfile::tempdir().unwrap();
    let (owner, ..) = joining(stage.path()).await;
    let mut giving = Giving::default();
    let domain = owner.folder();
    giving.prepare(&owner.project, SnapshotQuestion::Which { domain }, |_, _| false).unwrap();
    assert!(giving.offers(&domain).is_empty());
    let id = snapshots(&owner)[0].offer.id;
    giving.prepare(&owner.project, SnapshotQuestion::Part { domain, id }, |_, _| true).unwrap();
    assert!(giving.part(&domain, &id, 0, 100).is_empty(), "it was not offered");
    let settings = DomainId::settings(&lock(&owner.project).id());
    let small = lock(&owner.project).find_folder("Materials");
    for domain in [settings, small.unwrap()] {
        giving.prepare(&owner.project, SnapshotQuestion::Which { domain }, |_, _| true).unwrap();
        assert!(giving.offers(&domain).is_empty());
    }
}
