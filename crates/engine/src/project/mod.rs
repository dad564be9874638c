//! One project on this device: the store's envelopes, what they mean, and how more are written.
//!
//! Everything here blocks and is called under the project's lock, off the async threads. The commit is one redb transaction
//! with envelopes and all their consequences; where it fails the memory is thrown away and read again from the store.

#[cfg(test)]
mod access_tests;
mod admit;
mod clock;
mod confirmed;
mod create;
mod devices;
mod files;
mod frontier;
mod gathered;
mod held;
#[cfg(test)]
mod hindsight_tests;
mod intake;
mod joining;
mod keys;
mod offers;
mod open;
mod own;
mod people;
mod place;
mod presence;
mod preview;
mod projection;
mod publish;
mod read;
mod rebuild;
mod removal;
mod review;
mod rotate;
mod settings;
mod shards;
#[cfg(feature = "simulation")]
mod simulated;
mod standing;
#[cfg(test)]
mod testing;
mod verified;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use enginus_access::{Authority, Genesis, SignedStatement};
use enginus_envelope::{DomainTip, Keypair, Tip};
use enginus_model::{DeviceId, DocumentId, DomainId, EpochId, Hash, LogId, PersonId, ProjectId};
use enginus_query::{FolderView, Pool};
use enginus_store::Store;
use tokio::sync::{broadcast, watch};

pub(crate) use create::NewProject;
use files::Looked;
use frontier::AuthorityLog;
pub(crate) use held::Held;
pub(crate) use joining::{Credentials, Waiting, certificate};
pub(crate) use offers::SnapshotSource;
pub(crate) use place::Place;
pub(crate) use presence::{HeldFile, absent_files};
use preview::Preview;
pub(crate) use preview::SealedSnapshot;
pub(crate) use publish::{Published, RelayLink};
use settings::{Card, FolderSetting};
pub(crate) use settings::{RELAYS_MAX, Settings};
pub(crate) use write::{NewFile, new_revision_id};

use crate::api::{Failure, Notice};
use crate::identity::Identity;
use confirmed::Confirmed;
use keys::Epochs;
use own::OwnLogs;
use shards::Shards;

/// How many notices are kept for the window.
const NOTICES_MAX: usize = 200;
/// How many batches of new tips a slow connection may fall behind before it starts over from the clock.
const TIPS_WAITING_MAX: usize = 1024;

/// An open project.
pub(crate) struct Project {
    place: Place,
    store: Store,
    genesis: Genesis,
    /// The invite key of a join that has not been finished.
    invite: Option<Keypair>,
    /// The invite key of the join that brought this device here, once it is finished.
    spent_invite: Option<Keypair>,
    /// What is known of the project while it is on its way to this device.
    waiting: Option<Waiting>,
    state: State,
    /// Memory is ahead of the store: set before it is changed, cleared when the change is durable. Found set, something failed or
    /// panicked in between, and everything is read again first.
    dirty: bool,
    published: Arc<Published>,
    tips: broadcast::Sender<Vec<DomainTip>>,
    /// Rises when the access table changed.
    scope: watch::Sender<u64>,
    notices: Vec<Notice>,
}

/// What the store's envelopes mean: all of it can be read again from the store.
#[derive(Default)]
pub(crate) struct State {
    clock: BTreeMap<DomainId, BTreeMap<LogId, BTreeSet<Tip>>>,
    devices: HashMap<LogId, DeviceId>,
    own: Option<OwnLogs>,
    statements: BTreeMap<Hash, SignedStatement>,
    authority: Option<Authority>,
    authority_log: AuthorityLog,
    epochs: Epochs,
    /// Keys that may not hold what is written from now on, by domain, as asked for since the access table last changed.
    barred: HashMap<DomainId, BTreeSet<[u8; 32]>>,
    /// The epochs to write under, as asked for since the access table or the keys last changed.
    current: HashMap<DomainId, Option<EpochId>>,
    /// What is due after a change of the access table or the keys was done.
    is_settled: bool,
    shards: Shards,
    settings: Settings,
    directory: BTreeMap<PersonId, Card>,
    folders: BTreeMap<DomainId, FolderView>,
    /// What repeats in rows.
    pool: Pool,
    /// Which shard generation holds a document of a folder. An id is the folder's own: somebody may use it again elsewhere.
    places: HashMap<(DomainId, DocumentId), u32>,
    /// Folders that are shown from a snapshot while their envelopes arrive.
    previews: BTreeMap<DomainId, Preview>,
    held: BTreeMap<enginus_store::EnvelopeKey, Held>,
    arrivals: u64,
    /// Some of the cached rows could not be read.
    stale: bool,
    /// What others have said that they hold.
    confirmed: Confirmed,
    /// Files complete on this device, by manifest object.
    here: BTreeSet<Hash>,
    looked: Looked,
    /// Files proved to be on another device or in a bucket.
    proved: BTreeSet<Hash>,
}

impl Project {
    pub(crate) fn id(&self) -> ProjectId {
        self.place.id
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.place.identity
    }

    /// The keys of the invitations that brought this device here, or are about to.
    pub(crate) fn invite_keys(&self) -> impl Iterator<Item = &Keypair> {
        self.invite.iter().chain(&self.spent_invite)
    }

    pub(crate) fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.state.settings
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn published(&self) -> Arc<Published> {
        self.published.clone()
    }

    /// New tips as they become durable, from this device or any other.
    pub(crate) fn watch_tips(&self) -> broadcast::Receiver<Vec<DomainTip>> {
        self.tips.subscribe()
    }

    /// Rises when the access table changed.
    pub(crate) fn watch_scope(&self) -> watch::Receiver<u64> {
        self.scope.subscribe()
    }

    /// What a person should know, newest first.
    pub(crate) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    pub(crate) fn authority(&self) -> &Authority {
        // `open` and `create` evaluate before a `Project` exists.
        self.state.authority.as_ref().unwrap_or_else(|| unreachable!("authority is evaluated at open"))
    }

    fn own(&self) -> &OwnLogs {
        self.state.own.as_ref().unwrap_or_else(|| unreachable!("own logs are known at open"))
    }

    fn me(&self) -> PersonId {
        self.place.identity.person.person_id()
    }

    fn device(&self) -> DeviceId {
        self.place.identity.device.device_id()
    }

    /// Whether the project's settings can be read here: false while a join waits.
    pub(crate) fn is_active(&self) -> bool {
        self.waiting.is_none() && !self.state.settings.folders.is_empty()
    }

    /// Tells the person something, newest first.
    fn notice(&mut self, kind: crate::api::NoticeKind, text: impl Into<String>) {
        let text = text.into();
        if self.notices.iter().any(|notice| notice.text == text) {
            return;
        }
        tracing::warn!("{text}");
        self.notices.insert(0, Notice { kind, text, at: crate::ambient::now() });
        self.notices.truncate(NOTICES_MAX);
    }

    /// Memory says what the store says; otherwise nothing is begun.
    pub(crate) fn ready(&mut self) -> Result<(), Failure> {
        if self.dirty {
            self.reload();
        }
        if self.dirty {
            return Err(Failure::new(
                crate::api::FailureKind::Storage,
                "the project's file cannot be read at the moment",
            )
            .hint("look at the disk, then try again; nothing that was acknowledged is lost"));
        }
        Ok(())
    }

    /// Throws away what memory holds and reads it again, after a commit failed.
    fn reload(&mut self) {
        match open::read_state(&self.place, &self.store, &self.genesis, self.invite.as_ref()) {
            Ok(state) => {
                self.state = state;
                self.dirty = false;
            }
            Err(failure) => self.notice(
                crate::api::NoticeKind::Trouble,
                format!("the project could not be read again after a failed write: {failure}. Close and open it again"),
            ),
        }
    }
}

/// A failure that should not have happened, with what was being done.
pub(crate) fn internal(doing: &str, error: impl std::fmt::Display) -> Failure {
    Failure::new(crate::api::FailureKind::Internal, format!("{doing}: {error}"))
        .hint("run `enginus rebuild`; if it happens again, report it with the log")
}
