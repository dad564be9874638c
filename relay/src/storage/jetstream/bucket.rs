//! Objects in a JetStream bucket per project, beside appends that are too long for a message.

use async_nats::jetstream::object_store::{
    self, GetErrorKind, InfoErrorKind, ObjectInfo, ObjectMetadata, ObjectStore, UpdateMetadata,
};
use async_nats::jetstream::stream::StorageType;
use enginus_model::{Hash, Instant, ProjectId};
use futures::StreamExt;
use tokio::io::AsyncReadExt;

use super::super::{StorageError, StoredObject};
use super::link::{Link, of_any, unreachable};

/// An object travels in pieces of this size.
const PIECE_BYTES: usize = 256 << 10;
/// The longest object that is read: what is longer was never put by a relay.
const OBJECT_BYTES_MAX: u64 = 256 << 20;
/// The most objects that are listed.
const LISTED_MAX: usize = 10_000_000;

/// What an object is to the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One that was put as such.
    Object,
    /// An append that was too long for a message.
    Append,
}

impl Kind {
    fn name(self, hash: &Hash) -> String {
        let hash = hex::encode(hash.as_bytes());
        match self {
            Self::Object => hash,
            Self::Append => format!("append-{hash}"),
        }
    }
}

/// The bucket of one project.
pub(super) struct Bucket(ObjectStore);

impl Bucket {
    /// Makes a project's bucket where it is missing.
    pub(super) async fn make(link: &Link, project: &ProjectId) -> Result<(), StorageError> {
        let bucket = link.bucket_name(project);
        let config = object_store::Config {
            bucket: bucket.clone(),
            max_bytes: link.options.max_bytes_per_project.unwrap_or(-1),
            storage: StorageType::File,
            num_replicas: link.options.replicas,
            ..object_store::Config::default()
        };
        match link.context.create_object_store(config).await {
            Ok(_) => Ok(()),
            // There, made by another version or with other limits, counts as made.
            Err(error) => match link.context.get_object_store(bucket).await {
                Ok(_) => Ok(()),
                Err(_) => Err(of_any(&error)),
            },
        }
    }

    pub(super) async fn open(link: &Link, project: &ProjectId) -> Result<Self, StorageError> {
        link.context.get_object_store(link.bucket_name(project)).await.map(Self).map_err(|error| of_any(&error))
    }

    async fn info(&self, name: &str) -> Result<Option<ObjectInfo>, StorageError> {
        match self.0.info(name).await {
            Ok(info) => Ok((!info.deleted).then_some(info)),
            Err(error) if error.kind() == InfoErrorKind::NotFound => Ok(None),
            Err(error) => Err(of_any(&error)),
        }
    }

    /// Keeps bytes; answers whether they were not there before.
    pub(super) async fn put(&self, kind: Kind, hash: &Hash, bytes: &[u8], used: Instant) -> Result<bool, StorageError> {
        let name = kind.name(hash);
        if let Some(info) = self.info(&name).await?
            && info.size == bytes.len()
        {
            self.note_use(&info, used).await;
            return Ok(false);
        }
        let about = ObjectMetadata {
            name,
            description: Some(used.0.to_string()),
            chunk_size: Some(PIECE_BYTES),
            ..ObjectMetadata::default()
        };
        self.0.put(about, &mut &*bytes).await.map_err(|error| of_any(&error))?;
        Ok(true)
    }

    /// The bytes under a name; [`StorageError::Damaged`] where they are something else.
    pub(super) async fn get(&self, kind: Kind, hash: &Hash, used: Instant) -> Result<Option<Vec<u8>>, StorageError> {
        let object = match self.0.get(kind.name(hash)).await {
            Ok(object) => object,
            Err(error) if error.kind() == GetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(of_any(&error)),
        };
        let info = object.info().clone();
        let mut bytes = Vec::with_capacity(info.size.min(OBJECT_BYTES_MAX as usize));
        let read = object.take(OBJECT_BYTES_MAX).read_to_end(&mut bytes).await;
        match read {
            Err(error) if error.kind() != std::io::ErrorKind::InvalidData => return Err(unreachable(error)),
            Ok(_) if Hash::of(&bytes) == *hash => {}
            _ => return Err(StorageError::Damaged(format!("object {} is not what its name says", hash.short()))),
        }
        self.note_use(&info, used).await;
        Ok(Some(bytes))
    }

    /// When something was used is worth one try.
    async fn note_use(&self, info: &ObjectInfo, used: Instant) {
        if used_of(info) >= used {
            return;
        }
        let about = UpdateMetadata {
            name: info.name.clone(),
            description: Some(used.0.to_string()),
            ..UpdateMetadata::default()
        };
        if let Err(error) = self.0.update_metadata(&info.name, about).await {
            tracing::debug!("when object {} was used is not noted: {error}", info.name);
        }
    }

    /// Lets an object go; answers whether it was there.
    pub(super) async fn remove(&self, kind: Kind, hash: &Hash) -> Result<bool, StorageError> {
        let name = kind.name(hash);
        if self.info(&name).await?.is_none() {
            return Ok(false);
        }
        self.0.delete(&name).await.map(|()| true).map_err(|error| of_any(&error))
    }

    /// The objects that were put as such.
    pub(super) async fn list(&self) -> Result<Vec<StoredObject>, StorageError> {
        let mut listed = self.0.list().await.map_err(|error| of_any(&error))?.take(LISTED_MAX);
        let mut objects = Vec::new();
        while let Some(info) = listed.next().await {
            let info = info.map_err(|error| of_any(&error))?;
            let mut name = [0; 32];
            if hex::decode_to_slice(&info.name, &mut name).is_ok() {
                objects.push(StoredObject { name: Hash(name), bytes: info.size as u64, used: used_of(&info) });
            }
        }
        Ok(objects)
    }
}

fn used_of(info: &ObjectInfo) -> Instant {
    Instant(info.description.as_deref().and_then(|used| used.parse().ok()).unwrap_or_default())
}
