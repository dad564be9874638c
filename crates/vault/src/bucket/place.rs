//! Reading a bucket's address.

use std::path::PathBuf;

use object_store::path::Path;
use url::Url;

use super::{BucketError, BucketErrorKind};

/// Where a bucket is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) kind: PlaceKind,
    /// The address as people see it.
    pub(crate) shown: String,
    /// The part of the address below the bucket or folder.
    pub(crate) prefix: Path,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PlaceKind {
    Folder(PathBuf),
    Memory(String),
    S3(Url),
    Azure(Url),
    Google(Url),
}

impl Place {
    pub(crate) fn parse(address: &str) -> Result<Self, BucketError> {
        let bad = |why: &str| {
            BucketError::new(BucketErrorKind::BadAddress, &without_secrets(address), "").because(why.to_owned())
        };
        let url = Url::parse(address.trim()).map_err(|e| bad(&e.to_string()))?;
        if url.password().is_some() || (url.scheme() != "az" && !url.username().is_empty()) {
            return Err(bad("an address must not contain credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(bad("an address has no ? and no #"));
        }
        let prefix = Path::from_url_path(url.path()).map_err(|e| bad(&e.to_string()))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let kind = match url.scheme() {
            "file" => {
                let folder =
                    url.to_file_path().map_err(|()| bad("a folder's address is file:/// and its full path"))?;
                return Ok(Self { kind: PlaceKind::Folder(folder), shown: url.to_string(), prefix: Path::default() });
            }
            _ if host.is_empty() => return Err(bad("the bucket's name is missing")),
            "memory" => PlaceKind::Memory(host),
            "s3" => PlaceKind::S3(url.clone()),
            "az" => PlaceKind::Azure(url.clone()),
            "gs" => PlaceKind::Google(url.clone()),
            other => return Err(bad(&format!("{other}:// is not a kind of bucket"))),
        };
        Ok(Self { kind, shown: url.to_string(), prefix })
    }
}

/// The address with everything left out that might be secret.
fn without_secrets(address: &str) -> String {
    let end = address.find(['?', '#']).unwrap_or(address.len());
    let address = &address[..end];
    match (address.find("://"), address.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}…{}", &address[..scheme + 3], &address[at..]),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_kind_are_read() {
        let folder = Place::parse("file:///mnt/site%20disk").unwrap();
        assert_eq!(folder.kind, PlaceKind::Folder("/mnt/site disk".into()));
        let s3 = Place::parse("s3://plans/solar/east").unwrap();
        assert!(matches!(s3.kind, PlaceKind::S3(_)));
        assert_eq!(s3.prefix.as_ref(), "solar/east");
        assert!(matches!(Place::parse("az://container").unwrap().kind, PlaceKind::Azure(_)));
        assert!(matches!(Place::parse("gs://bucket_1/").unwrap().kind, PlaceKind::Google(_)));
        assert_eq!(Place::parse("memory://one").unwrap().kind, PlaceKind::Memory("one".into()));
    }

    #[test]
    fn other_addresses_are_refused_without_repeating_a_secret() {
        for address in [
            "",
            "plans",
            "/mnt/disk",
            "ftp://host/x",
            "s3://",
            "s3:///x",
            "file://host/x",
            "http://host/x",
            "s3://a/?key=hush",
        ] {
            let error = Place::parse(address).unwrap_err();
            assert_eq!(error.kind(), BucketErrorKind::BadAddress, "{address}");
            assert!(!error.to_string().contains("hush"));
        }
        let error = Place::parse("s3://user:hush@bucket/x").unwrap_err();
        assert_eq!(error.to_string(), "\"s3://…@bucket/x\" is not the address of a bucket");
    }
}
