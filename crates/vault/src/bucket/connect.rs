//! One client per kind of bucket, configured by the standard environment variables.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, Checksum};
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::prefix::PrefixStore;
use object_store::{ClientConfigKey, RetryConfig};
use url::Url;

use super::place::{Place, PlaceKind};
use super::store::{Store, make_folder};
use super::watch::WatchingConnector;
use super::{BucketError, BucketErrorKind, BucketOptions, Limits, Variables};
use crate::chunk::MAX_OBJECT_BYTES;

/// Words in a variable's name that say it is a credential, or that none is wanted.
const CREDENTIAL_WORDS: [&str; 8] =
    ["KEY", "TOKEN", "CREDENTIAL", "ROLE", "SAS", "CLIENT", "SKIP_SIGNATURE", "SERVICE_ACCOUNT"];

/// Buckets in memory, by name: they live as long as the process.
static IN_MEMORY: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);

/// Sets up the storage library for a place. Blocks shortly where the place is a folder.
pub(super) fn connect(place: &Place, options: &BucketOptions, create: bool) -> Result<Store, BucketError> {
    let variables = &options.variables;
    let misconfigured =
        |e: object_store::Error| BucketError::new(BucketErrorKind::Misconfigured, &place.shown, "").because(e);
    let mut folder = None;
    let (inner, variable_prefix): (Arc<dyn ObjectStore>, _) = match &place.kind {
        PlaceKind::Folder(path) => {
            folder = Some(path.clone());
            (open_folder(place, path, create)?, None)
        }
        PlaceKind::Memory(name) => (memory(name), None),
        PlaceKind::S3(url) => (Arc::new(s3(url, options).map_err(misconfigured)?), Some("AWS_")),
        PlaceKind::Azure(url) => (Arc::new(azure(url, options).map_err(misconfigured)?), Some("AZURE_")),
        PlaceKind::Google(url) => (Arc::new(google(url, options).map_err(misconfigured)?), Some("GOOGLE_")),
    };
    let inner =
        if place.prefix.as_ref().is_empty() { inner } else { Arc::new(PrefixStore::new(inner, place.prefix.clone())) };
    let no_credentials = variable_prefix.is_some_and(|prefix| !has_credentials(variables, prefix));
    Ok(Store { inner, shown: place.shown.as_str().into(), limits: options.limits, folder, no_credentials })
}

fn has_credentials(variables: &Variables, prefix: &'static str) -> bool {
    variables.with_prefix(prefix).any(|(name, _)| {
        let name = name.to_ascii_uppercase();
        CREDENTIAL_WORDS.iter().any(|word| name.contains(word))
    })
}

fn open_folder(place: &Place, path: &std::path::Path, create: bool) -> Result<Arc<dyn ObjectStore>, BucketError> {
    let failed = |e: std::io::Error| {
        let error = object_store::Error::Generic { store: "folder", source: Box::new(e) };
        BucketError::new(super::error::meaning(&error, None), &place.shown, "").because(error)
    };
    if create {
        make_folder(path).map_err(failed)?;
    }
    if !std::fs::metadata(path).map_err(failed)?.is_dir() {
        return Err(failed(std::io::ErrorKind::NotADirectory.into()));
    }
    let store = LocalFileSystem::new_with_prefix(path)
        .map_err(|e| BucketError::new(super::error::meaning(&e, None), &place.shown, "").because(e))?;
    Ok(Arc::new(store.with_fsync(true)))
}

fn memory(name: &str) -> Arc<dyn ObjectStore> {
    let mut stores = IN_MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(stores.entry(name.to_owned()).or_default()) as _
}

/// Trying again is [`Store`]'s, under its own deadline; the library does it never.
fn retry_never() -> RetryConfig {
    RetryConfig { max_retries: 0, ..RetryConfig::default() }
}

/// Settings of every HTTP client; a person's variables, applied after these, win.
fn client_settings(limits: &Limits) -> [(ClientConfigKey, String); 2] {
    let whole_request = limits.deadline(MAX_OBJECT_BYTES as u64);
    [
        (ClientConfigKey::ConnectTimeout, format!("{} ms", limits.connect.as_millis())),
        (ClientConfigKey::Timeout, format!("{} ms", whole_request.as_millis())),
    ]
}

fn s3(url: &Url, options: &BucketOptions) -> object_store::Result<impl ObjectStore + use<>> {
    let mut builder = AmazonS3Builder::new().with_checksum_algorithm(Checksum::SHA256);
    for (key, value) in client_settings(&options.limits) {
        builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
    }
    for (key, value) in options.variables.with_prefix("AWS_") {
        if let Ok(key) = key.parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder.with_url(url.as_str()).with_retry(retry_never()).with_http_connector(WatchingConnector).build()
}

fn azure(url: &Url, options: &BucketOptions) -> object_store::Result<impl ObjectStore + use<>> {
    use object_store::azure::AzureConfigKey;
    let mut builder = MicrosoftAzureBuilder::new();
    for (key, value) in client_settings(&options.limits) {
        builder = builder.with_config(AzureConfigKey::Client(key), value);
    }
    for (key, value) in options.variables.with_prefix("AZURE_") {
        if let Ok(key) = key.parse() {
            builder = builder.with_config(key, value);
        }
    }
    if let Some(endpoint) = options.variables.get("IDENTITY_ENDPOINT") {
        builder = builder.with_config(AzureConfigKey::MsiEndpoint, endpoint);
    }
    builder.with_url(url.as_str()).with_retry(retry_never()).with_http_connector(WatchingConnector).build()
}

fn google(url: &Url, options: &BucketOptions) -> object_store::Result<impl ObjectStore + use<>> {
    use object_store::gcp::GoogleConfigKey;
    let mut builder = GoogleCloudStorageBuilder::new();
    for (key, value) in client_settings(&options.limits) {
        builder = builder.with_config(GoogleConfigKey::Client(key), value);
    }
    if let Some(path) = options.variables.get("SERVICE_ACCOUNT") {
        builder = builder.with_config(GoogleConfigKey::ServiceAccount, path);
    }
    for (key, value) in options.variables.with_prefix("GOOGLE_") {
        if let Ok(key) = key.parse() {
            builder = builder.with_config(key, value);
        }
    }
    builder.with_url(url.as_str()).with_retry(retry_never()).with_http_connector(WatchingConnector).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(pairs: &[(&str, &str)]) -> BucketOptions {
        BucketOptions { variables: Variables::from_pairs(pairs.iter().copied()), limits: Limits::default() }
    }

    fn opened(address: &str, pairs: &[(&str, &str)]) -> Result<Store, BucketError> {
        connect(&Place::parse(address)?, &options(pairs), false)
    }

    #[test]
    fn every_cloud_is_set_up_from_its_variables() {
        let key = "a2V5"; // "key" in base64, as Azure wants it
        for (address, pairs) in [
            ("s3://plans/solar", vec![("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")]),
            ("az://plans/solar", vec![("AZURE_STORAGE_ACCOUNT_NAME", "name"), ("AZURE_STORAGE_ACCOUNT_KEY", key)]),
            ("gs://plans/solar", vec![("GOOGLE_SKIP_SIGNATURE", "true")]),
        ] {
            let store = opened(address, &pairs).unwrap();
            assert!(!store.no_credentials, "{address}");
            assert!(!store.is_folder());
        }
        assert!(opened("s3://plans", &[("AWS_REGION", "eu-central-1")]).unwrap().no_credentials);
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_at_once() {
        let half = opened("s3://plans", &[("AWS_ACCESS_KEY_ID", "id")]).unwrap_err();
        assert_eq!(half.kind(), BucketErrorKind::Misconfigured);
        assert_eq!(opened("az://plans", &[]).unwrap_err().kind(), BucketErrorKind::Misconfigured);
        let timeout = opened("s3://plans", &[("AWS_SKIP_SIGNATURE", "maybe")]).unwrap_err();
        assert_eq!(timeout.kind(), BucketErrorKind::Misconfigured);
    }

    #[test]
    fn a_folder_that_is_not_there_or_no_folder_is_said_so() {
        let dir = tempfile::tempdir().unwrap();
        let address = |name: &str| Url::from_file_path(dir.path().join(name)).unwrap().to_string();
        std::fs::write(dir.path().join("file"), b"x").unwrap();
        assert_eq!(opened(&address("missing"), &[]).unwrap_err().kind(), BucketErrorKind::NotFound);
        assert_eq!(opened(&address("file"), &[]).unwrap_err().kind(), BucketErrorKind::NotFound);
        assert!(!dir.path().join("missing").exists());
    }
}
