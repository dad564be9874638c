//! The user's own storage: one project's objects and envelopes in a local folder, S3, Azure, Google storage or memory.

mod connect;
mod envelopes;
mod error;
mod layout;
mod limits;
mod marker;
mod objects;
mod place;
mod put;
mod store;
mod variables;
mod watch;

pub use envelopes::EnvelopeName;
pub use error::{BucketError, BucketErrorKind};
pub use limits::{BucketOptions, Limits};
pub use marker::FoundProject;
pub use put::{Proof, Stored};
pub use variables::Variables;

use enginus_model::ProjectId;

use layout::Layout;
use store::Store;

/// One project's part of a bucket, known to be this project's. Cloning is cheap. Every method keeps its own time limits
/// ([`Limits`]), so none waits for ever, and dropping its future cancels it.
#[derive(Debug, Clone)]
pub struct Bucket {
    store: Store,
    layout: Layout,
}

impl Bucket {
    /// Opens the bucket at `url` for a project that is already in it. The address names no secret: credentials and endpoints come
    /// from `options`.
    ///
    /// # Errors
    /// [`BucketErrorKind::NotTheProjectsBucket`] when the project's marker object is not there, and every other kind.
    pub async fn open(url: &str, project: ProjectId, options: &BucketOptions) -> Result<Self, BucketError> {
        let bucket = Self::at(url, project, options, false).await?;
        bucket.check_marker().await?;
        Ok(bucket)
    }

    /// Makes the bucket at `url` one of the project's by writing its marker. A folder is created where needed; a cloud bucket
    /// must exist. Doing it again is no error. `genesis` is the record whose hash is the project's id.
    ///
    /// # Errors
    /// [`BucketError`] of every kind.
    pub async fn create(
        url: &str,
        project: ProjectId,
        genesis: &[u8],
        options: &BucketOptions,
    ) -> Result<Self, BucketError> {
        let bucket = Self::at(url, project, options, true).await?;
        bucket.write_marker(genesis).await?;
        Ok(bucket)
    }

    async fn at(url: &str, project: ProjectId, options: &BucketOptions, create: bool) -> Result<Self, BucketError> {
        Ok(Self { store: Store::connect(url, options, create).await?, layout: Layout::new(project) })
    }

    /// A bucket over simulated storage, whose faults come at once: nothing is tried again.
    #[cfg(feature = "simulation")]
    pub(crate) async fn simulated(
        inner: std::sync::Arc<dyn object_store::ObjectStore>,
        project: ProjectId,
        genesis: &[u8],
    ) -> Result<Self, BucketError> {
        let limits = Limits { retries: 0, ..Limits::default() };
        let store = Store { inner, shown: "simulated".into(), limits, folder: None, no_credentials: false };
        let bucket = Self { store, layout: Layout::new(project) };
        bucket.write_marker(genesis).await?;
        Ok(bucket)
    }

    /// The address it was opened with.
    #[must_use]
    pub fn url(&self) -> &str {
        self.store.shown()
    }

    /// The project it was opened for.
    #[must_use]
    pub fn project(&self) -> ProjectId {
        self.layout.project()
    }

    /// Puts bytes where no check looks, to play damage.
    #[cfg(feature = "conformance")]
    pub(crate) async fn overwrite_object(&self, name: &enginus_model::Hash, bytes: &[u8]) -> Result<(), BucketError> {
        self.store.overwrite(&self.layout.object(name), bytes.to_vec().into()).await.map(|_| ())
    }

    /// Puts bytes where no check looks, to play damage.
    #[cfg(feature = "conformance")]
    pub(crate) async fn overwrite_envelope(&self, name: &EnvelopeName, bytes: &[u8]) -> Result<(), BucketError> {
        self.store.overwrite(&self.layout.envelope(name), bytes.to_vec().into()).await.map(|_| ())
    }
}
