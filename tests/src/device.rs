//! One person at one device.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use enginus_engine::api::{
    AddedDocument, Answer, Command, DocumentInfo, DocumentListing, Failure, FileToAdd, InvitationInfo, JoinState,
    MemberInfo, ProjectSnapshot, ProjectStatus, SyncReport, Update,
};
use enginus_engine::{Engine, NetworkOptions, Options};

use crate::Stage;

/// Long enough for a busy machine; nothing waits this long unless it fails.
pub const PATIENCE_MS: u64 = 60_000;

/// A device with its engine open.
#[derive(Debug)]
pub struct Device {
    home: PathBuf,
    engine: Engine,
}

impl Device {
    /// A device of a new person, reachable by nobody.
    pub async fn new(stage: &Stage, name: &str) -> Self {
        let device = Self::open(&stage.path(&format!("home of {name}")), false).await;
        device.ask(Command::Init { name: name.to_owned(), organisation: None, email: None }).await.unwrap();
        device
    }

    /// The owner of a new solar project.
    pub async fn owner(stage: &Stage, buckets: &[String]) -> Self {
        let device = Self::new(stage, "Owner").await;
        device.create("Sample Plant", buckets).await.unwrap();
        device
    }

    /// Opens a home, listening at once or not.
    pub async fn open(home: &Path, online: bool) -> Self {
        Self { home: home.to_owned(), engine: Engine::open(options(home, online)).await.unwrap() }
    }

    /// The same device, started anew and listening.
    pub async fn online(self) -> Self {
        let home = self.close().await;
        Self::open(&home, true).await
    }

    /// The same device, started anew and reachable by nobody.
    pub async fn offline(self) -> Self {
        let home = self.close().await;
        Self::open(&home, false).await
    }

    /// Ends the engine; answers the home.
    pub async fn close(self) -> PathBuf {
        self.engine.close().await;
        self.home
    }

    /// Its home.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Its engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Carries one command out.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn ask(&self, command: Command) -> Result<Answer, Failure> {
        self.engine.run(command).finish().await
    }

    /// Creates a solar project.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn create(&self, name: &str, buckets: &[String]) -> Result<Answer, Failure> {
        let (name, buckets) = (name.to_owned(), buckets.to_vec());
        self.ask(Command::ProjectCreate {
            name,
            template: "ges".to_owned(),
            buckets,
            relays: Vec::new(),
            language: "en".to_owned(),
        })
        .await
    }

    /// Names a relay in the project.
    pub async fn use_relay(&self, address: &str) {
        let address = address.to_owned();
        self.ask(Command::ProjectRelay { project: None, address, used: true }).await.unwrap();
    }

    /// Makes a ticket for a role, narrowed to folders where any are given.
    pub async fn invite(&self, role: &str, folders: &[&str]) -> String {
        self.invitation(role, folders).await.unwrap().ticket
    }

    /// Makes a ticket for a role.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn invitation(&self, role: &str, folders: &[&str]) -> Result<InvitationInfo, Failure> {
        let folders = folders.iter().map(ToString::to_string).collect();
        match self
            .ask(Command::Invite {
                project: None,
                role: role.to_owned(),
                folders,
                expires_seconds: None,
                terms: enginus_engine::api::InviteTerms::default(),
            })
            .await?
        {
            Answer::Invitation(invitation) => Ok(invitation),
            other => panic!("{other:?}"),
        }
    }

    /// Redeems a ticket, trying for so long.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn join(&self, ticket: &str, wait_ms: u64) -> Result<JoinState, Failure> {
        match self.ask(Command::Join { ticket: ticket.to_owned(), wait_ms }).await? {
            Answer::Joined(state) => Ok(state),
            other => panic!("{other:?}"),
        }
    }

    /// Joins with a ticket of somebody who is online, and has the project afterwards.
    pub async fn join_now(&self, ticket: &str) {
        let state = self.join(ticket, PATIENCE_MS).await.unwrap();
        assert!(matches!(state, JoinState::Joined { .. }), "{state:?}");
    }

    /// Adds files; answers what was acknowledged.
    pub async fn add(&self, folder: &str, files: &[PathBuf]) -> Vec<AddedDocument> {
        let (added, refused) = self.try_add(folder, files).await.unwrap();
        assert!(refused.is_empty(), "{refused:?}");
        added
    }

    /// Adds files; answers what was acknowledged and what was refused.
    ///
    /// # Errors
    /// What the whole command is refused with.
    pub async fn try_add(
        &self,
        folder: &str,
        files: &[PathBuf],
    ) -> Result<(Vec<AddedDocument>, Vec<(PathBuf, Failure)>), Failure> {
        let files = files.iter().map(|path| FileToAdd { path: path.clone(), ..FileToAdd::default() }).collect();
        let (folder, reason) = (folder.to_owned(), "issued for review".to_owned());
        let mut running = self.engine.run(Command::DocAdd { project: None, folder, files, reason });
        let (mut added, mut refused) = (Vec::new(), Vec::new());
        while let Some(update) = running.next().await {
            match update {
                Update::Added(document) => added.push(document),
                Update::Refused { file, failure } => refused.push((file, failure)),
                Update::Done(result) => drop(result?),
                Update::Progress { .. } | Update::DeviceCode { .. } => {}
            }
        }
        Ok((added, refused))
    }

    /// Adds the next revision.
    pub async fn revise(&self, number: &str, file: PathBuf, reason: &str) -> DocumentInfo {
        let (number, reason) = (number.to_owned(), reason.to_owned());
        let files = vec![file];
        let command = Command::DocRevise { project: None, number, files, revision: None, status: None, reason };
        document(self.ask(command).await.unwrap())
    }

    /// Changes one field.
    pub async fn edit(&self, number: &str, field: &str, value: &str) -> DocumentInfo {
        let fields = vec![(field.to_owned(), value.to_owned())];
        document(self.ask(Command::DocEdit { project: None, number: number.to_owned(), fields }).await.unwrap())
    }

    /// One document.
    pub async fn show(&self, number: &str) -> DocumentInfo {
        document(self.ask(Command::DocShow { project: None, number: number.to_owned() }).await.unwrap())
    }

    /// The register.
    pub async fn list(&self) -> Vec<DocumentListing> {
        self.listing(None).await.unwrap()
    }

    /// The register, of one folder or all, removed documents too.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn listing(&self, folder: Option<&str>) -> Result<Vec<DocumentListing>, Failure> {
        let folder = folder.map(ToOwned::to_owned);
        match self.ask(Command::DocList { project: None, folder, removed: true }).await? {
            Answer::Documents(documents) => Ok(documents),
            other => panic!("{other:?}"),
        }
    }

    /// The numbers of the register.
    pub async fn numbers(&self) -> Vec<String> {
        self.list().await.into_iter().map(|document| document.number).collect()
    }

    /// Everything that devices in sync share: every document with its revisions and conflicts. Where a file's bytes are is left
    /// out, since that is each device's own.
    pub async fn register(&self) -> Vec<DocumentInfo> {
        let mut documents = Vec::new();
        for listing in self.list().await {
            let mut document = self.show(&listing.id.to_string()).await;
            let files = document.all_revisions.iter_mut().flat_map(|revision| &mut revision.files);
            files.for_each(|file| file.here = false);
            documents.push(document);
        }
        documents
    }

    /// The bytes of a revision's primary file, from wherever they can be had.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn get(&self, number: &str, revision: Option<&str>, wait_ms: u64) -> Result<Vec<u8>, Failure> {
        let folder = tempfile::tempdir().unwrap();
        let (output, revision) = (folder.path().join("file"), revision.map(ToOwned::to_owned));
        let number = number.to_owned();
        let answer = self.ask(Command::DocGet { project: None, number, revision, output, wait_ms }).await?;
        let Answer::Fetched(files) = answer else { panic!("{answer:?}") };
        Ok(std::fs::read(&files[0].path).unwrap())
    }

    /// Exchanges with everybody reachable until equal.
    pub async fn sync(&self) -> SyncReport {
        let report = self.sync_for(PATIENCE_MS).await;
        assert!(report.in_sync && report.sides.iter().any(|side| side.reachable), "{report:?}");
        report
    }

    /// Exchanges with the project's relay, and with nobody else, until equal, files included.
    pub async fn meet(&self) -> SyncReport {
        let report = self.sync_for(PATIENCE_MS).await;
        let reached: Vec<&str> =
            report.sides.iter().filter(|side| side.reachable).map(|side| side.kind.as_str()).collect();
        assert!(report.in_sync && reached == ["relay"], "{report:?}");
        report
    }

    /// Exchanges for so long at most.
    pub async fn sync_for(&self, wait_ms: u64) -> SyncReport {
        match self.ask(Command::SyncOnce { project: None, wait_ms }).await.unwrap() {
            Answer::Synced(report) => report,
            other => panic!("{other:?}"),
        }
    }

    /// Writes the project into a file.
    pub async fn export(&self, output: &Path) -> (u64, u64) {
        let output = output.to_owned();
        match self.ask(Command::BundleExport { project: None, output, files: true }).await.unwrap() {
            Answer::Bundle { envelopes, objects, .. } => (envelopes, objects),
            other => panic!("{other:?}"),
        }
    }

    /// Takes a bundle in; answers whether the project is here, and how many envelopes were new.
    ///
    /// # Errors
    /// What the command is refused with.
    pub async fn import(&self, input: &Path) -> Result<(bool, u64), Failure> {
        match self.ask(Command::BundleImport { input: input.to_owned() }).await? {
            Answer::Bundle { joined, envelopes, .. } => Ok((joined, envelopes)),
            other => panic!("{other:?}"),
        }
    }

    /// The members.
    pub async fn members(&self) -> Vec<MemberInfo> {
        match self.ask(Command::MemberList { project: None }).await.unwrap() {
            Answer::Members(members) => members,
            other => panic!("{other:?}"),
        }
    }

    /// How its only project stands.
    pub async fn status(&self) -> ProjectStatus {
        match self.ask(Command::Status { project: None }).await.unwrap() {
            Answer::Status(mut status) if status.projects.len() == 1 => status.projects.remove(0),
            other => panic!("{other:?}"),
        }
    }

    /// Makes every cache again; what is shown must not change.
    pub async fn rebuild(&self) {
        let before = self.register().await;
        let answer = self.ask(Command::Rebuild { project: None }).await.unwrap();
        assert!(matches!(answer, Answer::Rebuilt { identical: true, .. }), "{answer:?}");
        assert_eq!(self.register().await, before);
    }

    /// What a window shows of its only project.
    #[must_use]
    pub fn window(&self) -> std::sync::Arc<ProjectSnapshot> {
        let id = self.engine.home().projects.first().expect("a project").id;
        self.engine.project(&id).expect("its snapshot")
    }

    /// Waits, as a window does, until its only project is shown as wanted. Nothing is asked.
    pub async fn see(&self, what: &str, wanted: impl Fn(&ProjectSnapshot) -> bool) {
        let mut changes = self.engine.changes();
        let seen = async {
            while !wanted(&self.window()) {
                changes.changed().await.unwrap();
            }
        };
        let in_time = tokio::time::timeout(Duration::from_millis(PATIENCE_MS), seen).await;
        assert!(in_time.is_ok(), "{what} was never shown: {:?}", self.window().sync);
    }
}

/// Loopback only.
fn options(home: &Path, online: bool) -> Options {
    let network = NetworkOptions { at_once: online, bind: IpAddr::V4(Ipv4Addr::LOCALHOST), mdns: false };
    Options { home: home.to_owned(), network }
}

fn document(answer: Answer) -> DocumentInfo {
    match answer {
        Answer::Document(document) => *document,
        other => panic!("{other:?}"),
    }
}
