//! Addresses of objects in the operator's buckets, one bucket for a project, with credentials from the environment.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32HEX_NOPAD;
use enginus_model::{Hash, ProjectId};
use futures::future::BoxFuture;
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::signer::{HeaderName, HeaderValue, Method as HttpMethod, SignedUrlOptions, Signer};

use super::presign::{MintError, Minter, Presigned};
use super::token::{Method, Scope};
use crate::config::{Environment, Presign, PresignBucket};

/// Why a bucket of the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(
    "`presign.buckets[{at}]` ({url}) cannot be used: {source}; set its provider's variables with the beginning {variables}_, as in \
     {variables}_AWS_ACCESS_KEY_ID"
)]
pub struct BucketError {
    at: usize,
    url: String,
    variables: String,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// The operator's buckets.
#[derive(Debug, Default)]
pub struct Buckets(BTreeMap<ProjectId, Bucket>);

#[derive(Debug)]
struct Bucket {
    signer: Arc<dyn Signer>,
    /// The part of the address below the bucket.
    below: Path,
    /// What keeps a PUT from replacing an object that is there; Azure signs no headers.
    only_new: Option<(&'static str, &'static str)>,
}

impl Buckets {
    /// Those of the configuration, with credentials from the environment. Nothing is asked of a provider here.
    ///
    /// # Errors
    /// [`BucketError`] where a bucket's address or variables make no sense.
    pub fn open(presign: &Presign, environment: &Environment) -> Result<Self, BucketError> {
        let mut buckets = BTreeMap::new();
        for (at, bucket) in presign.buckets.iter().enumerate() {
            let failed =
                |source| BucketError { at, url: bucket.url.clone(), variables: bucket.variables.clone(), source };
            let project = bucket.project.parse::<ProjectId>().map_err(|e| failed(e.into()))?;
            buckets.insert(project, Bucket::open(bucket, environment).map_err(failed)?);
        }
        Ok(Self(buckets))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Bucket {
    fn open(
        bucket: &PresignBucket,
        environment: &Environment,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let url = url::Url::parse(&bucket.url)?;
        let variables = |provider: &str| {
            let prefix = format!("{}_{provider}", bucket.variables);
            let found: Vec<(String, String)> = environment
                .with_prefix(&prefix)
                .map(|(name, value)| (format!("{provider}{name}").to_ascii_lowercase(), value.to_owned()))
                .collect();
            found
        };
        let (signer, only_new): (Arc<dyn Signer>, _) = match url.scheme() {
            "s3" => {
                let known = variables("AWS_").into_iter().filter_map(|(k, v)| Some((k.parse().ok()?, v)));
                let builder = known.fold(AmazonS3Builder::new(), |b, (k, v)| b.with_config(k, v));
                (Arc::new(builder.with_url(url.as_str()).build()?), Some(("if-none-match", "*")))
            }
            "az" => {
                let known = variables("AZURE_").into_iter().filter_map(|(k, v)| Some((k.parse().ok()?, v)));
                let builder = known.fold(MicrosoftAzureBuilder::new(), |b, (k, v)| b.with_config(k, v));
                (Arc::new(builder.with_url(url.as_str()).build()?), None)
            }
            "gs" => {
                let known = variables("GOOGLE_").into_iter().filter_map(|(k, v)| Some((k.parse().ok()?, v)));
                let builder = known.fold(GoogleCloudStorageBuilder::new(), |b, (k, v)| b.with_config(k, v));
                (Arc::new(builder.with_url(url.as_str()).build()?), Some(("x-goog-if-generation-match", "0")))
            }
            other => return Err(format!("{other}:// is not a kind of bucket").into()),
        };
        Ok(Self { signer, below: Path::from_url_path(url.path())?, only_new })
    }

    /// As the product lays a bucket out: `enginus/<first 80 bits of the project>/objects/<2 hex>/<64 hex>`.
    fn place(&self, project: &ProjectId, object: &Hash) -> Path {
        let folder = BASE32HEX_NOPAD.encode(&project.0[..10]).to_ascii_lowercase();
        let name = object.to_string();
        let parts = ["enginus", &folder, "objects", &name[..2], &name];
        parts.iter().fold(self.below.clone(), |path, part| path.join(*part))
    }

    async fn mint(&self, scope: &Scope, valid: Duration) -> Result<Presigned, MintError> {
        let place = self.place(&scope.project, &scope.object);
        let (method, only_new) = match scope.method {
            Method::Get => (HttpMethod::GET, None),
            Method::Put => (HttpMethod::PUT, self.only_new),
        };
        let mut options = SignedUrlOptions::default();
        if let Some((name, value)) = only_new {
            options = options.with_signed_header(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let url = self.signer.signed_url_opts(method, &place, valid, &options).await?;
        let headers = only_new.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        Ok(Presigned { url: url.into(), headers, valid_s: valid.as_secs() })
    }
}

impl Minter for Buckets {
    fn mint<'a>(&'a self, scope: &'a Scope, valid: Duration) -> BoxFuture<'a, Result<Presigned, MintError>> {
        Box::pin(async move { self.0.get(&scope.project).ok_or(MintError::NoBucket)?.mint(scope, valid).await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId([1; 32]);

    fn buckets(url: &str, pairs: &[(&str, &str)]) -> Result<Buckets, BucketError> {
        let bucket = PresignBucket { project: PROJECT.to_string(), url: url.into(), variables: "SITE".into() };
        let presign = Presign { buckets: vec![bucket], ..Presign::default() };
        Buckets::open(&presign, &Environment::from_pairs(pairs.iter().copied()))
    }

    async fn minted(buckets: &Buckets, method: Method) -> Presigned {
        let scope = Scope { project: PROJECT, object: Hash([0xab; 32]), method };
        buckets.mint(&scope, Duration::from_secs(300)).await.unwrap()
    }

    const S3: [(&str, &str); 3] =
        [("SITE_AWS_ACCESS_KEY_ID", "id"), ("SITE_AWS_SECRET_ACCESS_KEY", "hush"), ("SITE_AWS_REGION", "eu-central-1")];

    #[tokio::test]
    async fn an_s3_address_is_for_one_object_and_a_put_replaces_nothing() {
        let s3 = buckets("s3://plans/solar", &S3).unwrap();
        let get = minted(&s3, Method::Get).await;
        let object = "ab".repeat(32);
        assert!(get.url.contains(&format!("/solar/enginus/040g2081040g2081/objects/ab/{object}?")), "{}", get.url);
        assert!(get.url.contains("X-Amz-Expires=300") && !get.url.contains("hush"), "{}", get.url);
        assert_eq!(get.headers, []);
        let put = minted(&s3, Method::Put).await;
        assert!(put.url.contains("if-none-match"), "{}", put.url);
        assert_eq!(put.headers, [("if-none-match".to_owned(), "*".to_owned())]);
    }

    #[tokio::test]
    async fn an_azure_address_is_minted_with_its_own_variables() {
        let pairs = [("SITE_AZURE_STORAGE_ACCOUNT_NAME", "name"), ("SITE_AZURE_STORAGE_ACCOUNT_KEY", "a2V5")];
        let azure = buckets("az://plans", &pairs).unwrap();
        let get = minted(&azure, Method::Get).await;
        assert!(get.url.contains("/plans/enginus/") && get.url.contains("sig="), "{}", get.url);
    }

    #[tokio::test]
    async fn another_project_has_no_bucket_and_bad_settings_name_the_variables() {
        let s3 = buckets("s3://plans", &S3).unwrap();
        let scope = Scope { project: ProjectId([2; 32]), object: Hash([1; 32]), method: Method::Get };
        assert!(matches!(s3.mint(&scope, Duration::from_secs(1)).await, Err(MintError::NoBucket)));
        let said = buckets("az://plans", &[]).unwrap_err().to_string();
        assert!(said.contains("presign.buckets[0]") && said.contains("SITE_"), "{said}");
    }
}
