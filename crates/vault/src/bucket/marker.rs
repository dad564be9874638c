//! The object that says whose bucket it is: a version byte and the project's genesis record, whose hash is the project's id.

use std::error::Error as StdError;

use bytes::Bytes;
use enginus_model::{Hash, ProjectId};
use object_store::path::Path;

use super::layout::Layout;
use super::store::Store;
use super::{Bucket, BucketError, BucketErrorKind, BucketOptions};

/// The form of markers.
const VERSION: u8 = 1;
/// The most bytes a marker may have; a genesis record has far fewer.
const MAX_MARKER_BYTES: usize = 4096;
/// The most projects a bucket is searched for.
const MAX_PROJECTS: usize = 1000;
/// How S3, Azure and Google say that the bucket itself is not there.
const NO_BUCKET: [&str; 4] =
    ["NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist", "FilesystemNotFound"];

/// A project found in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundProject {
    /// The project.
    pub project: ProjectId,
    /// The record it began with; its hash is the project's id.
    pub genesis: Vec<u8>,
}

impl Bucket {
    /// The projects whose bucket this is, without knowing any of them beforehand. What is damaged is passed over.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be read.
    pub async fn projects(url: &str, options: &BucketOptions) -> Result<Vec<FoundProject>, BucketError> {
        let store = Store::connect(url, options, false).await?;
        let mut found = Vec::new();
        for folder in store.folders(&Layout::all_projects()).await?.into_iter().take(MAX_PROJECTS) {
            let marker = match store.get(&Layout::marker_in(&folder), MAX_MARKER_BYTES).await {
                Ok(marker) => marker,
                Err(e) if matches!(e.kind(), BucketErrorKind::NotFound | BucketErrorKind::Damaged) => continue,
                Err(e) => return Err(e),
            };
            // A record in another project's folder is damage, too.
            if let Some((&VERSION, genesis)) = marker.split_first()
                && let project = ProjectId(Hash::of(genesis).0)
                && Layout::new(project).folder() == folder
            {
                found.push(FoundProject { project, genesis: genesis.to_vec() });
            }
        }
        Ok(found)
    }

    /// The record the project began with, as the bucket has it.
    ///
    /// # Errors
    /// [`BucketErrorKind::NotTheProjectsBucket`] when it is not there or another project's; every other kind.
    pub async fn genesis(&self) -> Result<Vec<u8>, BucketError> {
        let path = self.layout.marker();
        match self.store.get(&path, MAX_MARKER_BYTES).await {
            Ok(marker) => self.read_marker(&path, &marker),
            Err(e) if e.kind() == BucketErrorKind::NotFound && !says_no_bucket(&e) => {
                Err(e.with_kind(BucketErrorKind::NotTheProjectsBucket))
            }
            Err(e) if e.kind() == BucketErrorKind::Damaged => Err(e.with_kind(BucketErrorKind::NotTheProjectsBucket)),
            Err(e) => Err(e),
        }
    }

    pub(super) async fn check_marker(&self) -> Result<(), BucketError> {
        self.genesis().await.map(|_| ())
    }

    /// Writes the marker. One that is there and whole is left as it is; a damaged one is replaced.
    pub(super) async fn write_marker(&self, genesis: &[u8]) -> Result<(), BucketError> {
        let path = self.layout.marker();
        let marker = Bytes::from([&[VERSION], genesis].concat());
        if Hash::of(genesis).0 != self.project().0 || marker.len() > MAX_MARKER_BYTES {
            return Err(self
                .store
                .error(BucketErrorKind::NotTheProjectsBucket, &path)
                .because("the genesis record is another project's"));
        }
        self.store.create(&path, &marker).await?;
        match self.genesis().await {
            Err(e) if e.kind() == BucketErrorKind::NotTheProjectsBucket => {
                self.store.overwrite(&path, marker).await?;
                self.check_marker().await
            }
            result => result.map(|_| ()),
        }
    }

    fn read_marker(&self, path: &Path, marker: &[u8]) -> Result<Vec<u8>, BucketError> {
        match marker.split_first() {
            Some((&VERSION, genesis)) if Hash::of(genesis).0 == self.project().0 => Ok(genesis.to_vec()),
            Some((&version, _)) if version > VERSION => Err(self.store.error(BucketErrorKind::NewerVersion, path)),
            _ => Err(self.store.error(BucketErrorKind::NotTheProjectsBucket, path)),
        }
    }
}

/// Whether a "not found" is about the bucket itself and not about the marker in it.
fn says_no_bucket(error: &BucketError) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if NO_BUCKET.iter().any(|code| text.contains(code)) {
            return true;
        }
        next = cause.source();
    }
    false
}
