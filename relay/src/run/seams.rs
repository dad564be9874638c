//! The two choices that the program makes from its configuration: which engine keeps things, and what serves devices.

use std::sync::Arc;

use super::Service;
use super::mailbox::MailboxService;
use crate::config::{Config, Engine, Secrets};
use crate::storage::{Storage, StorageError};

/// Opens the engine that the configuration names.
///
/// # Errors
/// [`StorageError`], as the engine says it.
#[expect(clippy::unused_async, reason = "engines are opened over the network or on a thread of their own")]
pub async fn open_storage(config: &Config, _secrets: &Secrets) -> Result<Arc<dyn Storage>, StorageError> {
    let engine = match config.storage.engine {
        Engine::Embedded => "embedded",
        Engine::Nats => "nats",
    };
    Err(StorageError::Failed(format!("this build does not contain the engine \"{engine}\" of `storage.engine`")))
}

/// What serves devices.
#[must_use]
pub fn service() -> Box<dyn Service> {
    Box::new(MailboxService::default())
}
