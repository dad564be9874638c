//! Storing until it is proved.

use bytes::Bytes;
use object_store::path::Path;

use super::store::Put;
use super::{Bucket, BucketError, BucketErrorKind};

/// How it is known that a bucket holds what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The provider answered with the SHA-256 of what it stored.
    ProviderSha256,
    /// It was read back.
    ReadBack,
}

/// What is now in the bucket, proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// How that is known.
    pub proof: Proof,
    /// Something stood under the name before.
    pub existed: bool,
    /// What stood there was damaged and has been replaced.
    pub mended: bool,
}

/// Times an object is written, should it be found damaged after writing or vanish meanwhile.
const MAX_ROUNDS: usize = 3;

impl Bucket {
    /// Writes `bytes` under `path` and proves it. What stands there already is kept when it is `genuine`, else replaced; it is read
    /// up to `max_bytes`.
    pub(super) async fn put_proved(
        &self,
        path: &Path,
        bytes: &Bytes,
        max_bytes: usize,
        genuine: impl Fn(&[u8]) -> bool,
    ) -> Result<Stored, BucketError> {
        self.guard_folder().await?;
        let (mut existed, mut mended) = (false, false);
        for _ in 0..MAX_ROUNDS {
            let put = if mended {
                self.store.overwrite(path, bytes.clone()).await?
            } else {
                self.store.create(path, bytes).await?
            };
            if let Put::Done { proved: true } = put {
                return Ok(Stored { proof: Proof::ProviderSha256, existed, mended });
            }
            existed |= matches!(put, Put::Exists);
            match self.store.get(path, max_bytes).await {
                Ok(found) if found == *bytes || (existed && genuine(&found)) => {
                    return Ok(Stored { proof: Proof::ReadBack, existed, mended });
                }
                Ok(_) => mended = true,
                Err(e) if e.kind() == BucketErrorKind::Damaged => mended = true,
                // Removed meanwhile, or another writer's conflicting attempt that came to nothing.
                Err(e) if e.kind() == BucketErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
        Err(self.store.error(BucketErrorKind::Damaged, path))
    }

    /// A drive that was unmounted leaves an empty folder in its place, which must not be filled.
    async fn guard_folder(&self) -> Result<(), BucketError> {
        let marker = self.layout.marker();
        if self.store.is_folder() && self.store.size(&marker).await?.is_none() {
            return Err(self.store.error(BucketErrorKind::NotTheProjectsBucket, &marker));
        }
        Ok(())
    }
}
