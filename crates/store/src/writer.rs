//! The one thread that writes: it merges waiting batches into one durable transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::Durability;

use crate::apply::{self, Applied, Tables};
use crate::batch::{Batch, Receipt};
use crate::error::{Cause, CommitError, guarded};
use crate::queue::{Done, Queue};
use crate::shared::{Need, Shared, State};

/// Writes until the queue is closed and empty.
pub(crate) fn run(shared: &Shared, queue: &Queue) {
    while let Some(group) = queue.next_group() {
        let (batches, dones): (Vec<Batch>, Vec<Done>) = group.into_iter().map(|job| (job.batch, job.done)).unzip();
        let results = match write_group(shared, &batches) {
            Ok(results) => results,
            Err(error) => vec![Err(error); batches.len()],
        };
        drop(batches);
        for (done, result) in dones.into_iter().zip(results) {
            // A caller's defect must not end the only writer there is.
            if catch_unwind(AssertUnwindSafe(|| done(result))).is_err() {
                tracing::error!("a callback of the store panicked");
            }
        }
    }
}

/// All batches in one transaction. A batch whose precondition fails gets its own refusal; any other failure is everybody's,
/// since the transaction is gone with it.
fn write_group(shared: &Shared, batches: &[Batch]) -> Result<Vec<Result<Receipt, CommitError>>, CommitError> {
    shared.ensure_writable()?;
    let result = {
        let state = shared.state();
        let State::Open(opened) = &*state else { return Err(CommitError::Closed(None)) };
        guarded(|| -> Result<Vec<Applied>, redb::Error> {
            let mut txn = opened.database.begin_write()?;
            txn.set_durability(Durability::Immediate)?;
            let applied = {
                let mut tables = Tables::open(&txn)?;
                batches.iter().map(|batch| apply::apply(&mut tables, batch)).collect::<Result<Vec<_>, _>>()?
            };
            if applied.iter().any(|one| matches!(one, Applied::Done(_))) {
                txn.commit()?;
            } else {
                txn.abort()?;
            }
            Ok(applied)
        })
    };
    match result {
        Ok(applied) => Ok(applied.into_iter().map(Applied::into_result).collect()),
        Err(cause) => Err(after_failure(shared, cause)),
    }
}

/// Opens the file again at once, so that readers do not wait for the next write.
fn after_failure(shared: &Shared, cause: Cause) -> CommitError {
    tracing::warn!(?cause, "a transaction of the store failed");
    shared.failed();
    shared.recover(Need::Read);
    cause.into_commit()
}
