//! Sealed objects in a bucket.

use std::collections::BTreeMap;

use bytes::Bytes;
use enginus_model::Hash;
use object_store::path::Path;

use super::{Bucket, BucketError, BucketErrorKind, Stored};
use crate::ObjectInfo;
use crate::chunk::MAX_OBJECT_BYTES;

impl Bucket {
    /// Stores an object and proves it. One that is there already is read, and replaced if it is damaged.
    ///
    /// # Errors
    /// [`BucketErrorKind::Damaged`] when `bytes` do not have that name or the bucket keeps giving back other bytes; every other kind.
    pub async fn put_object(&self, name: &Hash, bytes: &Bytes) -> Result<Stored, BucketError> {
        let path = self.layout.object(name);
        if bytes.len() > MAX_OBJECT_BYTES || Hash::of(bytes) != *name {
            return Err(self
                .store
                .error(BucketErrorKind::Damaged, &path)
                .because("the bytes to store do not have this name"));
        }
        self.put_proved(&path, bytes, MAX_OBJECT_BYTES, |found| Hash::of(found) == *name).await
    }

    /// Reads an object and checks it.
    ///
    /// # Errors
    /// [`BucketErrorKind::NotFound`]; [`BucketErrorKind::Damaged`] when its bytes are not what its name says; every other kind.
    pub async fn get_object(&self, name: &Hash) -> Result<Bytes, BucketError> {
        let path = self.layout.object(name);
        let bytes = self.store.get(&path, MAX_OBJECT_BYTES).await?;
        if Hash::of(&bytes) == *name { Ok(bytes) } else { Err(self.store.error(BucketErrorKind::Damaged, &path)) }
    }

    /// The size of what stands under an object's name, in bytes; nothing is proved by it.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be asked.
    pub async fn object_size(&self, name: &Hash) -> Result<Option<u64>, BucketError> {
        self.store.size(&self.layout.object(name)).await
    }

    /// Every object the bucket lists, with its size in bytes; nothing is proved by it. Foreign names are passed over.
    ///
    /// # Errors
    /// [`BucketError`] when the bucket cannot be listed.
    pub async fn list_objects(&self) -> Result<BTreeMap<Hash, u64>, BucketError> {
        let found = self.store.list_all(&self.layout.objects()).await?;
        let named = |path: &Path| path.filename()?.parse().ok();
        Ok(found.iter().filter_map(|(path, size)| Some((named(path)?, *size))).collect())
    }

    /// Whether the bucket holds the object whole, proved by reading it.
    ///
    /// # Errors
    /// [`BucketErrorKind::Damaged`] when something else stands there; every other kind.
    pub async fn prove_object(&self, object: &ObjectInfo) -> Result<bool, BucketError> {
        match self.object_size(&object.name).await? {
            None => Ok(false),
            Some(size) if size != object.size => {
                Err(self.store.error(BucketErrorKind::Damaged, &self.layout.object(&object.name)))
            }
            Some(_) => self.get_object(&object.name).await.map(|_| true),
        }
    }
}
