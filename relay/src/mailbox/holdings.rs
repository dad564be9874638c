//! A project as one device may see it through the relay.

use enginus_access::Listed;
use enginus_envelope::DomainTip;
use enginus_model::{DeviceId, DomainId, Hash, Instant, LogId};
use enginus_sync::{Cursor, Holdings, SnapshotOffer};

use super::project::Open;
use crate::storage::StorageError;

/// What a link asks about, at one moment.
pub(super) struct Seen<'a> {
    pub(super) open: &'a Open,
    pub(super) device: DeviceId,
    pub(super) listed: Listed,
    /// Whether there is room for what it puts.
    pub(super) takes: bool,
    /// The snapshot that is being given to it.
    pub(super) giving: Option<&'a (Hash, Vec<u8>)>,
    pub(super) now: Instant,
}

/// A storage that cannot be read gives nothing: the link asks again later.
fn or_nothing<T: Default>(read: Result<T, StorageError>) -> T {
    read.unwrap_or_else(|error| {
        tracing::error!("{error}");
        T::default()
    })
}

impl Holdings for Seen<'_> {
    fn tips(&self) -> Vec<DomainTip> {
        or_nothing(self.open.view.tips())
    }

    fn hashes_at(&self, log: &LogId, seq: u64) -> Vec<Hash> {
        or_nothing(self.open.view.hashes_at(log, seq))
    }

    fn range(&self, domain: &DomainId, log: &LogId, after: Cursor, max_bytes: usize) -> Vec<Vec<u8>> {
        or_nothing(self.open.view.range(domain, log, after, max_bytes))
    }

    fn may_send(&self, domain: &DomainId) -> bool {
        match self.listed {
            Listed::Member => self.open.list().may_get(&self.device, domain, self.now),
            // That it was removed stands in `authority`; `keys` opens nothing for it that it may not have.
            Listed::Former => [DomainId::authority(&self.open.id), DomainId::keys(&self.open.id)].contains(domain),
            Listed::Unknown => false,
        }
    }

    fn may_take(&self, _: &DomainId) -> bool {
        self.takes && self.listed != Listed::Unknown
    }

    fn snapshots(&self, domain: &DomainId) -> Vec<SnapshotOffer> {
        if self.may_send(domain) { or_nothing(self.open.view.snapshots(domain)) } else { Vec::new() }
    }

    fn snapshot_bytes(&self, domain: &DomainId, id: &Hash, offset: u64, max_bytes: usize) -> Vec<u8> {
        let given = self.giving.filter(|(given, _)| given == id && self.may_send(domain));
        let rest = usize::try_from(offset).ok().and_then(|offset| given?.1.get(offset..));
        rest.map_or_else(Vec::new, |rest| rest[..rest.len().min(max_bytes)].to_vec())
    }
}
