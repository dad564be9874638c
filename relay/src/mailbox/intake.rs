//! Taking envelopes: what somebody without keys can check of them.

use enginus_access::Listed;
use enginus_envelope::{Envelope, Tip};
use enginus_model::DeviceId;
use enginus_net::Notice;
use tokio::time::Instant;

use super::project::Open;
use super::{Happened, Mailbox, told};
use crate::storage::Record;

/// What came of taking some envelopes.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Not signed by the device that they name.
    pub(super) forged: Vec<Tip>,
    /// Why the rest was not taken, where it was not.
    pub(super) problem: Option<Notice>,
    /// Whether the device was made to wait.
    pub(super) waited: bool,
}

/// Takes envelopes that a link handed over: their form, project and place in their logs are right.
pub(super) async fn take(
    mailbox: &Mailbox,
    open: &Open,
    (device, listed): (DeviceId, Listed),
    envelopes: Vec<Vec<u8>>,
) -> Taken {
    let count = u64::try_from(envelopes.len()).unwrap_or(u64::MAX);
    let mut taken = Taken::default();
    let verified = match tokio::task::spawn_blocking(move || verify(envelopes)).await {
        Ok(verified) => verified,
        Err(error) => {
            tracing::error!("checking envelopes ended: {error}");
            taken.problem = Some(Notice::Unavailable);
            return taken;
        }
    };
    taken.forged = verified.forged;
    if !taken.forged.is_empty() {
        mailbox.meter.happened(Happened::Refused { envelopes: count, reason: "forged" });
        return taken;
    }
    let (due, refused) = allowed(mailbox, open, (device, listed), verified.genuine);
    if refused > 0 {
        mailbox.meter.happened(Happened::Refused { envelopes: refused, reason: "allowance" });
    }
    if due.is_empty() {
        return taken;
    }
    taken.waited = mailbox.quotas.wait_for(&device, u32::try_from(due.len()).unwrap_or(u32::MAX)).await;
    taken.problem = store(mailbox, open, due).await.err();
    taken
}

struct Verified {
    genuine: Vec<(Envelope, Vec<u8>)>,
    forged: Vec<Tip>,
}

fn verify(envelopes: Vec<Vec<u8>>) -> Verified {
    let mut verified = Verified { genuine: Vec::new(), forged: Vec::new() };
    for bytes in envelopes {
        // The link has decoded it before.
        let Ok(envelope) = Envelope::decode(&bytes) else { continue };
        if envelope.verify().is_ok() {
            verified.genuine.push((envelope, bytes));
        } else {
            verified.forged.push(envelope.tip());
        }
    }
    verified
}

/// Those that may be put: by the list, or out of the small allowance for what it does not let an author put. A device that was removed
/// hands over its own work alone.
fn allowed(
    mailbox: &Mailbox,
    open: &Open,
    (device, listed): (DeviceId, Listed),
    envelopes: Vec<(Envelope, Vec<u8>)>,
) -> (Vec<Vec<u8>>, u64) {
    let (list, now) = (open.list(), crate::clock::now());
    let (mut due, mut refused) = (Vec::new(), 0);
    let mut out_of_order = false;
    for (envelope, bytes) in envelopes {
        let header = &envelope.header;
        let is_listed = list.may_put(&header.device, &header.domain, header.lane, now);
        let is_own = header.device == device;
        let crowded = open
            .view
            .hashes_at(&header.log(), header.seq)
            .is_ok_and(|beside| beside.len() >= mailbox.limits.branches && !beside.contains(&header.hash()));
        let may = !crowded
            && !out_of_order
            && (listed == Listed::Member || is_own)
            && (is_listed || mailbox.quotas.allows(open.id, &header.device));
        if may {
            due.push(bytes);
        } else {
            // What follows it in its log would stand behind a gap.
            out_of_order = true;
            refused += 1;
        }
    }
    (due, refused)
}

async fn store(mailbox: &Mailbox, open: &Open, envelopes: Vec<Vec<u8>>) -> Result<(), Notice> {
    let (count, bytes) = (envelopes.len() as u64, envelopes.iter().map(|envelope| envelope.len() as u64).sum::<u64>());
    let used = open.view.usage().map_err(|error| told(&error))?.journal_bytes;
    if used.saturating_add(bytes) > mailbox.limits.project_bytes {
        mailbox.meter.happened(Happened::QuotaReached("project_bytes"));
        mailbox.meter.happened(Happened::Refused { envelopes: count, reason: "quota" });
        return Err(Notice::ProjectFull);
    }
    let began = Instant::now();
    let records = envelopes.into_iter().map(Record::Envelope).collect();
    if let Err(error) = mailbox.storage.append(open.id, records).await {
        mailbox.meter.happened(Happened::StorageFailed);
        mailbox.meter.happened(Happened::Refused { envelopes: count, reason: "storage" });
        return Err(told(&error));
    }
    mailbox.meter.happened(Happened::Stored { envelopes: count, bytes, took: began.elapsed() });
    Ok(())
}
