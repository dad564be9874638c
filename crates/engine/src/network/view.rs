//! What one peer may have of a project: the holdings a link asks about.

use std::cell::Cell;

use enginus_access::{Access, Authority};
use enginus_envelope::{DomainTip, Tip};
use enginus_model::{DeviceId, DomainId, Hash, LogId};
use enginus_store::Reader;
use enginus_sync::{Cursor, Holdings, SnapshotOffer};

use super::giving::Giving;
use crate::ambient;
use crate::api::Failure;
use crate::project::Project;

/// Whether a device's person has this much in a domain today. Expiry ends what is served; it changes nothing of what was written.
pub(crate) fn has_now(authority: &Authority, device: &DeviceId, domain: &DomainId, access: Access) -> bool {
    let person = authority.person_of(device);
    person.is_some_and(|person| authority.access_at(&person, domain, ambient::now()) >= access)
}

/// A project as one peer may see it, at one moment.
pub(super) struct PeerView<'a> {
    project: &'a Project,
    reader: Reader,
    peer: DeviceId,
    /// The access table with the credentials a joiner shows, where there are any.
    guest: Option<&'a Authority>,
    /// Snapshots made for it.
    giving: &'a Giving,
    /// Whether anybody knows whose device it is: of a stranger nothing is taken.
    known: bool,
    /// Whether it is a relay: it may have everything that this device has.
    is_relay: bool,
    /// Envelopes handed out.
    given: Cell<u64>,
}

impl<'a> PeerView<'a> {
    pub(super) fn new(
        project: &'a Project,
        peer: DeviceId,
        guest: Option<&'a Authority>,
        giving: &'a Giving,
    ) -> Result<Self, Failure> {
        let known = project.is_known(&peer) || guest.is_some_and(|guest| guest.author_of(&peer).is_some());
        let reader = project.store().read()?;
        Ok(Self { reader, project, peer, guest, giving, known, is_relay: false, given: Cell::new(0) })
    }

    /// The same as a relay may see it: sealed as it is, everything.
    pub(super) fn of_relay(self) -> Self {
        Self { known: true, is_relay: true, ..self }
    }

    /// Whether anybody knows whose device it is.
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// How many envelopes were handed out.
    pub(super) fn given(&self) -> u64 {
        self.given.get()
    }
}

/// Whether a peer may have what a domain holds, as a snapshot of it does.
pub(super) fn may_pull(project: &Project, guest: Option<&Authority>, peer: &DeviceId, domain: &DomainId) -> bool {
    has_now(guest.unwrap_or_else(|| project.authority()), peer, domain, Access::Pull)
}

/// A store that cannot be read gives nothing: the link then asks again later.
fn or_nothing<T: Default>(read: Result<T, enginus_store::ReadError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!("the store cannot be read: {error}");
        T::default()
    })
}

impl Holdings for PeerView<'_> {
    fn tips(&self) -> Vec<DomainTip> {
        self.project.tips()
    }

    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        or_nothing(self.reader.hashes_at(log, seq))
    }

    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        if !self.project.has_log(domain, log) {
            return Vec::new();
        }
        let mut envelopes: Vec<Vec<u8>> = Vec::new();
        // Branches of a fork stand at one place: first those beside the cursor that it does not cover.
        for hash in or_nothing(self.reader.hashes_at(log, after.seq)).into_iter().filter(|hash| *hash > after.hash) {
            let entry = or_nothing(self.reader.entry(&Tip { log: *log, seq: after.seq, hash }));
            envelopes.extend(entry.map(|entry| entry.envelope));
        }
        let used: usize = envelopes.iter().map(Vec::len).sum();
        if envelopes.is_empty() || used < max_bytes {
            let entries = or_nothing(self.reader.log_from(log, after.seq, max_bytes.saturating_sub(used)));
            envelopes.extend(entries.into_iter().map(|entry| entry.envelope));
        }
        self.given.set(self.given.get() + envelopes.len() as u64);
        envelopes
    }

    fn may_send(&self, domain: &DomainId) -> bool {
        if self.is_relay {
            return true;
        }
        let authority = self.guest.unwrap_or_else(|| self.project.authority());
        has_now(authority, &self.peer, domain, Access::Pull)
            || self.project.may_learn_of_removal(authority, &self.peer, domain)
    }

    fn may_take(&self, domain: &DomainId) -> bool {
        self.known && self.project.may_take(domain)
    }

    fn snapshots(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        self.giving.offers(domain)
    }

    fn snapshot_bytes(&self, domain: &DomainId, id: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        self.giving.part(domain, id, offset, max_bytes)
    }
}
