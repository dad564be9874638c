//! A project while devices are connected to it: its view, its access list, and who is told when that grows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use enginus_access::{AccessList, Genesis, SignedStatement, Statement, Subject};
use enginus_model::{Instant, ProjectId};
use enginus_net::Notice;
use tokio::sync::{Mutex as AsyncMutex, watch};

use super::{Happened, Mailbox, told};
use crate::storage::{ProjectView, Record, StorageError};

/// A project that is served.
pub(super) struct Open {
    pub(super) id: ProjectId,
    pub(super) view: Arc<dyn ProjectView>,
    list: Mutex<List>,
    /// Adding to the list, one at a time.
    adding: AsyncMutex<()>,
    /// How many statements the list has: rises when it grows, here or at another relay.
    grown: watch::Sender<usize>,
}

struct List {
    list: Arc<AccessList>,
    /// How many statements of the view are in it.
    read: usize,
}

impl Open {
    pub(super) fn new(
        mailbox: &Arc<Mailbox>,
        id: ProjectId,
        genesis: Genesis,
        view: Arc<dyn ProjectView>,
    ) -> Result<Arc<Self>, StorageError> {
        let list = List { list: Arc::new(AccessList::new(&genesis, [])), read: 0 };
        let (list, adding) = (Mutex::new(list), AsyncMutex::default());
        let open = Arc::new(Self { id, view, list, adding, grown: watch::Sender::new(0) });
        open.read_list()?;
        let (weak, mut arrivals, stop) = (Arc::downgrade(&open), open.view.arrivals(), mailbox.stop.clone());
        mailbox.tasks.spawn(async move {
            // What another relay added comes with the journal.
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    changed = arrivals.changed() => if changed.is_err() { return },
                }
                let Some(open) = weak.upgrade() else { return };
                if let Err(error) = open.read_list() {
                    tracing::error!("the access list cannot be read: {error}");
                }
            }
        });
        Ok(open)
    }

    /// The access list now.
    pub(super) fn list(&self) -> Arc<AccessList> {
        self.guard().list.clone()
    }

    /// Tells how many statements the list has, whenever that changes.
    pub(super) fn grown(&self) -> watch::Receiver<usize> {
        self.grown.subscribe()
    }

    fn guard(&self) -> MutexGuard<'_, List> {
        // The list is replaced whole.
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what came into view since.
    fn read_list(&self) -> Result<(), StorageError> {
        let mut guard = self.guard();
        let more = self.view.statements(guard.read)?;
        if more.is_empty() {
            return Ok(());
        }
        guard.read += more.len();
        // Whoever stored them checked their signatures.
        let read: Vec<SignedStatement> =
            more.iter().filter_map(|bytes| SignedStatement::decode_stored(bytes).ok()).collect();
        guard.list = Arc::new(guard.list.with(&read));
        let count = guard.read;
        drop(guard);
        self.grown.send_replace(count);
        Ok(())
    }

    /// Adds what counts of these to the list, durably. Answers what a device is to be told where something was not added for want
    /// of room.
    pub(super) async fn add(&self, mailbox: &Mailbox, statements: &[Vec<u8>]) -> Result<(), Notice> {
        let _one_at_a_time = self.adding.lock().await;
        let list = self.list();
        let room = mailbox.limits.statements.saturating_sub(list.statements().count());
        let (fresh, beyond) = read(&list, statements, mailbox.limits.statement_bytes, room, crate::clock::now());
        let after = list.with(&fresh);
        let counting: Vec<Record> = fresh
            .iter()
            .filter(|signed| after.counts(signed))
            .map(|signed| Record::Statement(signed.bytes().to_vec()))
            .collect();
        let count = counting.len();
        if count > 0 {
            mailbox.storage.append(self.id, counting).await.map_err(|error| told(&error))?;
            (0..count).for_each(|_| mailbox.meter.happened(Happened::ListGrew));
            self.read_list().map_err(|error| told(&error))?;
        }
        if beyond {
            mailbox.meter.happened(Happened::QuotaReached("list"));
            return Err(Notice::ListFull);
        }
        Ok(())
    }
}

/// Those of `statements` that are new, genuine, within their limits, and no redemption that comes too late by the relay's clock.
fn read(
    list: &AccessList,
    statements: &[Vec<u8>],
    bytes_max: usize,
    room: usize,
    now: Instant,
) -> (Vec<SignedStatement>, bool) {
    let (mut fresh, mut beyond) = (Vec::new(), false);
    for bytes in statements {
        if bytes.len() > bytes_max || fresh.len() >= room {
            beyond = true;
            continue;
        }
        let Ok(signed) = SignedStatement::decode(bytes) else { continue };
        let is_late = match signed.statement() {
            Statement::Grant(capability) => {
                let by_invite =
                    matches!(capability.subject, Subject::Person(_)) && list.knows_invite(&capability.issuer);
                by_invite && !list.is_open(&capability.issuer, now)
            }
            _ => false,
        };
        if !is_late && !list.has(&signed.hash()) {
            fresh.push(signed);
        }
    }
    (fresh, beyond)
}
