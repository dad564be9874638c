//! The two choices that the program makes from its configuration: which engine keeps things, and what serves devices.

use std::sync::Arc;

use super::Service;
use super::mailbox::MailboxService;
use crate::config::{Config, Engine, Secrets};
use crate::storage::{
    Embedded, EmbeddedOptions, JetStream, JetStreamCredentials, JetStreamOptions, Storage, StorageError,
};

/// Opens the engine that the configuration names.
///
/// # Errors
/// [`StorageError`], as the engine says it.
pub async fn open_storage(config: &Config, secrets: &Secrets) -> Result<Arc<dyn Storage>, StorageError> {
    match config.storage.engine {
        Engine::Embedded => {
            let mut options = EmbeddedOptions::new(config.store_path(), Arc::new(crate::clock::now));
            options.cache_bytes = config.storage.cache_bytes.as_usize();
            let opened = tokio::task::spawn_blocking(move || Embedded::open(&options)).await;
            let opened = opened.map_err(|e| StorageError::Failed(format!("opening it was interrupted: {e}")))?;
            opened.map(|engine| Arc::new(engine) as _)
        }
        Engine::Nats => {
            let options = nats_options(config, secrets);
            JetStream::open(options).await.map(|engine| Arc::new(engine) as _)
        }
    }
}

fn nats_options(config: &Config, secrets: &Secrets) -> JetStreamOptions {
    let nats = &config.storage.nats;
    let servers = nats.url.split(',').map(|server| server.trim().to_owned()).collect();
    let mut options = JetStreamOptions::new(servers, Arc::new(crate::clock::now));
    options.replicas = usize::from(nats.replicas);
    options.cache = Some(config.nats_cache_path());
    options.cache_bytes = config.storage.cache_bytes.as_usize();
    options.credentials = match (&secrets.nats_credentials, &secrets.nats_token) {
        (Some(credentials), _) => JetStreamCredentials::Credentials(credentials.clone()),
        (None, Some(token)) => JetStreamCredentials::Token(token.clone()),
        (None, None) => JetStreamCredentials::None,
    };
    options
}

/// What serves devices.
#[must_use]
pub fn service() -> Box<dyn Service> {
    Box::new(MailboxService::default())
}
