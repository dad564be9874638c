//! A bucket for simulations: it lists what it had a while ago, fails or half does what it is asked, and loses or cuts what it holds.
//! Everything it does wrong follows from a seed.

use std::collections::BTreeSet;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use enginus_model::ProjectId;
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::bucket::{Bucket, BucketError};

/// Storage that lies. Clones are the same storage.
#[derive(Debug, Clone, Default)]
pub struct Simulated(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    kept: InMemory,
    mood: Mutex<Mood>,
}

#[derive(Debug, Default)]
struct Mood {
    /// How often in a hundred something goes wrong.
    percent: u64,
    state: u64,
    /// Names put lately, which a listing may not know yet.
    fresh: BTreeSet<String>,
}

impl Mood {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }

    fn is_bad(&mut self) -> bool {
        self.percent > 0 && self.next() % 100 < self.percent
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

fn failing(what: &'static str) -> Error {
    Error::Generic { store: "simulated", source: what.into() }
}

impl Simulated {
    /// From now on this many of a hundred operations go wrong, as `seed` has it. With none of them everything is as it should be, but
    /// for what was lost or cut before.
    pub fn set_mood(&self, percent: u64, seed: u64) {
        let mut mood = self.mood();
        (mood.percent, mood.state) = (percent, seed);
        if percent == 0 {
            mood.fresh.clear();
        }
    }

    /// The project's bucket in this storage.
    ///
    /// # Errors
    /// As the storage has it.
    pub async fn bucket(&self, project: ProjectId, genesis: &[u8]) -> Result<Bucket, BucketError> {
        Bucket::simulated(Arc::new(self.clone()), project, genesis).await
    }

    /// Loses an object for good, or cuts it short: the one at `place` of its listing, wherever that wraps.
    ///
    /// # Errors
    /// When the storage in memory fails.
    pub async fn damage(&self, place: usize, cut: bool) -> Result<(), String> {
        let damage = async {
            let mut all: Vec<ObjectMeta> = self.0.kept.list(None).try_collect().await?;
            all.sort_by(|a, b| a.location.cmp(&b.location));
            let Some(chosen) = all.get(place % all.len().max(1)) else { return Ok(()) };
            if cut {
                let bytes = self.0.kept.get(&chosen.location).await?.bytes().await?;
                self.0.kept.put(&chosen.location, bytes.slice(..bytes.len() / 2).into()).await?;
            } else {
                self.0.kept.delete(&chosen.location).await?;
            }
            Ok::<(), Error>(())
        };
        damage.await.map_err(|error| error.to_string())
    }

    /// Everything whoever runs the storage sees: names and bytes.
    ///
    /// # Errors
    /// When the storage in memory fails.
    pub async fn everything(&self) -> Result<Vec<(String, Vec<u8>)>, String> {
        let read = async {
            let all: Vec<ObjectMeta> = self.0.kept.list(None).try_collect().await?;
            let mut seen = Vec::with_capacity(all.len());
            for meta in all {
                let bytes = self.0.kept.get(&meta.location).await?.bytes().await?;
                seen.push((meta.location.to_string(), bytes.to_vec()));
            }
            Ok::<_, Error>(seen)
        };
        read.await.map_err(|error| error.to_string())
    }

    fn mood(&self) -> std::sync::MutexGuard<'_, Mood> {
        self.0.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn put_somehow(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let fate = {
            let mut mood = self.mood();
            mood.fresh.insert(location.to_string());
            if mood.is_bad() { mood.next() % 4 } else { 9 }
        };
        match fate {
            0 => Err(failing("the put failed")),
            1 => {
                self.0.kept.put_opts(location, payload, options).await?;
                Err(failing("the put succeeded, and the answer was lost"))
            }
            // A condition that another writer met, who then went away.
            2 if matches!(options.mode, PutMode::Create) => {
                Err(Error::AlreadyExists { path: location.to_string(), source: "somebody else".into() })
            }
            2 | 3 => {
                let bytes = bytes::Bytes::from(payload);
                let half = PutPayload::from(bytes.slice(..bytes.len() / 2));
                self.0.kept.put_opts(location, half, options).await
            }
            _ => self.0.kept.put_opts(location, payload, options).await,
        }
    }

    async fn get_somehow(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let fate = {
            let mut mood = self.mood();
            if mood.is_bad() { mood.next() % 2 } else { 9 }
        };
        match fate {
            0 => Err(failing("the get failed")),
            1 => Err(Error::NotFound { path: location.to_string(), source: "not seen yet".into() }),
            _ => self.0.kept.get_opts(location, options).await,
        }
    }

    /// What a listing that is behind shows.
    fn is_listed(&self, name: &str) -> bool {
        let mut mood = self.mood();
        !(mood.fresh.contains(name) && mood.is_bad())
    }
}

impl fmt::Display for Simulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated")
    }
}

impl ObjectStore for Simulated {
    fn put_opts<'a, 'b, 'r>(
        &'a self,
        location: &'b Path,
        payload: PutPayload,
        options: PutOptions,
    ) -> Answer<'r, PutResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(self.put_somehow(location, payload, options))
    }

    fn put_multipart_opts<'a, 'b, 'r>(
        &'a self,
        location: &'b Path,
        options: PutMultipartOptions,
    ) -> Answer<'r, Box<dyn MultipartUpload>>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(async move { self.0.kept.put_multipart_opts(location, options).await })
    }

    fn get_opts<'a, 'b, 'r>(&'a self, location: &'b Path, options: GetOptions) -> Answer<'r, GetResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(self.get_somehow(location, options))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.kept.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let listed = self.clone();
        let all = self.0.kept.list(prefix);
        all.try_filter(move |meta| std::future::ready(listed.is_listed(meta.location.as_ref()))).boxed()
    }

    fn list_with_delimiter<'a, 'b, 'r>(&'a self, prefix: Option<&'b Path>) -> Answer<'r, ListResult>
    where
        'a: 'r,
        'b: 'r,
        Self: 'r,
    {
        Box::pin(async move { self.0.kept.list_with_delimiter(prefix).await })
    }

    fn copy_opts<'a, 'b, 'c, 'r>(&'a self, from: &'b Path, to: &'c Path, options: CopyOptions) -> Answer<'r, ()>
    where
        'a: 'r,
        'b: 'r,
        'c: 'r,
        Self: 'r,
    {
        Box::pin(async move { self.0.kept.copy_opts(from, to, options).await })
    }
}
