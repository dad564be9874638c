//! Giving a bucket what this device has and the bucket lacks, in the order in which it arrived here.

use std::collections::BTreeSet;

use bytes::Bytes;
use enginus_envelope::Tip;
use enginus_vault::{Bucket, EnvelopeName, upload_envelopes};
use tokio_util::sync::CancellationToken;

use super::Shelf;
use crate::api::{Failure, FailureKind};
use crate::engine::{SharedProject, blocking, lock};

/// Envelopes looked at together, and bytes given together.
const LOOK_AT: usize = 1024;
const GIVE_BYTES: usize = 8 << 20;

/// The next envelopes to give.
struct Next {
    envelopes: Vec<(EnvelopeName, Bytes)>,
    /// With them the bucket has everything that arrived up to this number.
    up_to: u64,
}

/// Gives the bucket every envelope that it does not list, all branches of a log that forked too.
pub(super) async fn send(
    project: &SharedProject,
    bucket: &Bucket,
    shelf: &mut Shelf,
    stop: &CancellationToken,
) -> Result<u64, Failure> {
    let mut sent = 0;
    while let Some(next) = next(project, shelf).await? {
        let count = next.envelopes.len() as u64;
        upload_envelopes(bucket, next.envelopes, stop)
            .await
            .map_err(|error| Failure::new(FailureKind::Unreachable, error.to_string()).hint(error.problem.hint()))?;
        sent += count;
        shelf.given = next.up_to;
    }
    // Everything held was compared with the listing: what else it names is held by others.
    shelf.listed.clear();
    Ok(sent)
}

async fn next(project: &SharedProject, shelf: &mut Shelf) -> Result<Option<Next>, Failure> {
    let (shared, given, listed) = (project.clone(), shelf.given, std::mem::take(&mut shelf.listed));
    let (next, listed) = blocking(move || {
        let reader = lock(&shared).store().read()?;
        let next = read_next(&reader, given, &listed)?;
        Ok((next, listed))
    })
    .await?;
    shelf.listed = listed;
    Ok(next)
}

fn read_next(
    reader: &enginus_store::Reader,
    given: u64,
    listed: &BTreeSet<Tip>,
) -> Result<Option<Next>, enginus_store::ReadError> {
    let mut next = Next { envelopes: Vec::new(), up_to: given };
    let mut bytes = 0;
    for (arrival, key, _) in reader.all_arrivals_after(given, LOOK_AT)? {
        let tip = Tip { log: key.log, seq: key.seq, hash: key.hash };
        if !listed.contains(&tip)
            && let Some(envelope) = reader.envelope(&key)?
        {
            if bytes >= GIVE_BYTES {
                break;
            }
            bytes += envelope.len();
            next.envelopes.push((EnvelopeName { domain: key.domain, tip }, Bytes::from(envelope)));
        }
        next.up_to = arrival;
    }
    Ok((next.up_to > given).then_some(next))
}
