//! Walking through a project's logs a bounded piece at a time.

use enginus_envelope::{DomainTip, Envelope};
use enginus_model::{DomainId, Hash, LogId};
use enginus_sync::Cursor;

use crate::storage::{ProjectView, StorageError};

/// Bytes asked for at a time.
const PIECE_BYTES: usize = 4 << 20;

/// The logs of a project, each once, ascending.
pub(super) fn logs(tips: &[DomainTip]) -> Vec<(DomainId, LogId)> {
    let mut logs: Vec<_> = tips.iter().map(|tip| (tip.domain, tip.tip.log)).collect();
    logs.sort_unstable();
    logs.dedup();
    logs
}

/// The domains of a project, each once.
pub(super) fn domains(tips: &[DomainTip]) -> Vec<DomainId> {
    let mut domains: Vec<_> = tips.iter().map(|tip| tip.domain).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// An envelope's bytes, and what they decode to.
pub(super) type Entry = (Vec<u8>, Option<Envelope>);

/// Some entries, and where to go on; `None` where there is nothing behind them.
pub(super) type Piece = (Vec<Entry>, Option<Cursor>);

/// The envelopes after `after` and the cursor for the next piece; `None` where there are no more. A piece that ends in bytes that do
/// not decode ends the walk of its log: nobody knows what comes after.
pub(super) fn piece(
    view: &dyn ProjectView,
    domain: &DomainId,
    log: &LogId,
    after: Cursor,
) -> Result<Option<Piece>, StorageError> {
    let encoded = view.range(domain, log, after, PIECE_BYTES)?;
    if encoded.is_empty() {
        return Ok(None);
    }
    let entries: Vec<Entry> =
        encoded.into_iter().map(|bytes| (Envelope::decode(&bytes).ok(), bytes)).map(swap).collect();
    let last = entries.last().and_then(|(_, envelope)| envelope.as_ref());
    let next = last.map(|envelope| Cursor { seq: envelope.header.seq, hash: envelope.hash() });
    // A storage that does not move on would be walked for ever.
    let next = next.filter(|next| (next.seq, next.hash) != (after.seq, after.hash) && next.hash != Hash::ZERO);
    Ok(Some((entries, next)))
}

fn swap((envelope, bytes): (Option<Envelope>, Vec<u8>)) -> Entry {
    (bytes, envelope)
}
