//! The connection to the servers: names, publishing until it is stored, and what their errors mean.

use std::error::Error;
use std::time::Duration;

use async_nats::jetstream::context::{
    CreateStreamError, CreateStreamErrorKind, GetStreamError, GetStreamErrorKind, PublishError, PublishErrorKind,
};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{self, DiscardPolicy, StorageType, Stream};
use async_nats::jetstream::{self, ErrorCode};
use enginus_model::ProjectId;

use super::super::StorageError;
use super::options::{JetStreamOptions, backoff};

/// How long the servers remember a message's id, so that one that is sent again is not stored again.
const DUPLICATE_WINDOW: Duration = Duration::from_secs(120);
/// Room that a message's subject and headers take of the servers' limit.
const HEADROOM_BYTES: usize = 4096;
/// The most payload a message has, whatever the servers allow: larger ones make every other one wait.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// The connection, and what is done over it.
pub(super) struct Link {
    client: async_nats::Client,
    pub(super) context: jetstream::Context,
    pub(super) options: JetStreamOptions,
}

impl Link {
    pub(super) async fn open(options: JetStreamOptions) -> Result<Self, StorageError> {
        options.check()?;
        let connecting = options.connecting()?;
        let client = connecting
            .connect(options.servers.as_slice())
            .await
            .map_err(|error| StorageError::Unreachable(error.to_string()))?;
        // A third, so that what got lost with a connection is sent again before anybody gives up.
        let context = jetstream::ContextBuilder::new().timeout(options.timeout / 3).build(client.clone());
        Ok(Self { client, context, options })
    }

    pub(super) fn stream_name(&self, project: &ProjectId) -> String {
        format!("{}_{}", self.options.prefix, hex::encode(project.as_bytes()))
    }

    /// The project of a stream, where it is one of ours.
    pub(super) fn project_of(&self, stream: &str) -> Option<ProjectId> {
        let id = stream.strip_prefix(&self.options.prefix)?.strip_prefix('_')?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(id, &mut bytes).ok()?;
        Some(ProjectId(bytes))
    }

    pub(super) fn bucket_name(&self, project: &ProjectId) -> String {
        self.stream_name(project)
    }

    fn subject(&self, project: &ProjectId) -> String {
        format!("{}.{}", self.options.prefix, hex::encode(project.as_bytes()))
    }

    /// How much a message may carry.
    pub(super) fn payload_bytes_max(&self) -> usize {
        self.client.max_payload().saturating_sub(HEADROOM_BYTES).min(PAYLOAD_BYTES_MAX)
    }

    /// Nothing takes longer than the options say.
    pub(super) async fn bounded<T>(
        &self,
        work: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        tokio::time::timeout(self.options.timeout, work).await.unwrap_or_else(|_| Err(unreachable("no answer in time")))
    }

    /// Makes a project's stream where it is missing.
    pub(super) async fn make_stream(&self, project: &ProjectId) -> Result<(), StorageError> {
        let config = stream::Config {
            name: self.stream_name(project),
            subjects: vec![self.subject(project)],
            storage: StorageType::File,
            num_replicas: self.options.replicas,
            max_bytes: self.options.max_bytes_per_project.unwrap_or(-1),
            discard: DiscardPolicy::New,
            duplicate_window: DUPLICATE_WINDOW,
            ..stream::Config::default()
        };
        self.context.get_or_create_stream(config).await.map(drop).map_err(of_create)
    }

    pub(super) async fn stream(&self, project: &ProjectId) -> Result<Stream, StorageError> {
        self.context.get_stream(self.stream_name(project)).await.map_err(of_get)
    }

    /// Publishes until it is stored, the servers refuse, or time is up. With the same `id` it is stored once, however often it is
    /// sent.
    pub(super) async fn publish(&self, project: &ProjectId, id: &str, payload: Vec<u8>) -> Result<(), StorageError> {
        let sending = async {
            for attempt in 0.. {
                let message = PublishMessage::build().payload(payload.clone().into()).message_id(id);
                let sent = self.context.send_publish(self.subject(project), message).await;
                let stored = match sent {
                    Ok(stored) => stored.await.map(drop),
                    Err(error) => Err(error),
                };
                let Err(error) = stored else { return Ok(()) };
                match error.kind() {
                    // Nobody listens there: is the stream gone, or the servers just electing who keeps it?
                    PublishErrorKind::StreamNotFound => drop(self.stream(project).await?),
                    PublishErrorKind::TimedOut | PublishErrorKind::BrokenPipe | PublishErrorKind::MaxAckPending => {}
                    _ => return Err(of_publish(&error)),
                }
                tokio::time::sleep(backoff(attempt, Duration::from_secs(1))).await;
            }
            Ok(())
        };
        self.bounded(sending).await
    }
}

pub(super) fn unreachable(why: impl ToString) -> StorageError {
    StorageError::Unreachable(why.to_string())
}

/// What an error of JetStream itself means.
fn of_jetstream(error: &jetstream::Error) -> StorageError {
    match error.error_code() {
        ErrorCode::STREAM_NOT_FOUND => StorageError::NoProject,
        ErrorCode::INSUFFICIENT_RESOURCES
        | ErrorCode::STORAGE_RESOURCES_EXCEEDED
        | ErrorCode::MEMORY_RESOURCES_EXCEEDED
        | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED
        | ErrorCode::STREAM_LIMITS
        | ErrorCode::STREAM_STORE_FAILED => StorageError::Full(error.to_string()),
        _ if error.code() == 503 => unreachable(error),
        _ => StorageError::Failed(error.to_string()),
    }
}

fn of_get(error: GetStreamError) -> StorageError {
    match error.kind() {
        GetStreamErrorKind::JetStream(inner) => of_jetstream(&inner),
        GetStreamErrorKind::Request => unreachable(error),
        _ => StorageError::Failed(error.to_string()),
    }
}

fn of_create(error: CreateStreamError) -> StorageError {
    match error.kind() {
        CreateStreamErrorKind::JetStream(inner) => of_jetstream(&inner),
        CreateStreamErrorKind::TimedOut | CreateStreamErrorKind::JetStreamUnavailable => unreachable(error),
        CreateStreamErrorKind::Response => unreachable(error),
        _ => StorageError::Failed(error.to_string()),
    }
}

fn of_publish(error: &PublishError) -> StorageError {
    of_any(error)
}

/// What an error means that wraps what JetStream said somewhere inside.
pub(super) fn of_any(error: &(dyn Error + 'static)) -> StorageError {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(inner) = inner.downcast_ref::<jetstream::Error>() {
            return of_jetstream(inner);
        }
        if let Some(inner) = inner.downcast_ref::<CreateStreamError>()
            && let CreateStreamErrorKind::JetStream(inner) = inner.kind()
        {
            return of_jetstream(&inner);
        }
        if let Some(inner) = inner.downcast_ref::<GetStreamError>()
            && let GetStreamErrorKind::JetStream(inner) = inner.kind()
        {
            return of_jetstream(&inner);
        }
        cause = inner.source();
    }
    // The servers said nothing: they were not reached.
    unreachable(error)
}

/// Which stream it is: one made anew under the same name is another.
pub(super) fn identity(info: &stream::Info) -> i64 {
    i64::try_from(info.created.unix_timestamp_nanos()).unwrap_or_default()
}

/// Gone already is gone.
pub(super) fn deleted<T>(result: Result<T, GetStreamError>) -> Result<(), StorageError> {
    match result.map(drop).map_err(of_get) {
        Err(StorageError::NoProject) => Ok(()),
        other => other,
    }
}
