//! The door for devices that nobody knows yet: shut, unless a person is adding one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::Peer;
use crate::limits::MAX_PAIRINGS_WAITING;

/// Where such devices come in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doorway(Arc<Mutex<Option<mpsc::Sender<Peer>>>>);

/// Devices that want to be let in, while the door stands open. Dropping it shuts the door.
#[derive(Debug)]
pub struct Pairings(mpsc::Receiver<Peer>);

impl Doorway {
    pub(crate) fn open(&self) -> Pairings {
        let (sender, receiver) = mpsc::channel(MAX_PAIRINGS_WAITING);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        Pairings(receiver)
    }

    /// Lets a device through, or gives it back where the door is shut or too many wait before it.
    pub(crate) fn pass(&self, peer: Peer) -> Result<(), Peer> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            None => Err(peer),
            Some(sender) => sender.try_send(peer).map_err(|error| match error {
                mpsc::error::TrySendError::Full(peer) | mpsc::error::TrySendError::Closed(peer) => peer,
            }),
        }
    }
}

impl Pairings {
    /// The next device; `None` once another door was opened or the node is closed. May be dropped and called again.
    pub async fn next(&mut self) -> Option<Peer> {
        self.0.recv().await
    }
}
