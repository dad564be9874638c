//! Credentials and endpoints: the standard environment variables, read once, never stored or shown.

use std::fmt;

/// What the names of variables begin with that say how buckets are reached.
const PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];
/// Variables outside these prefixes that providers' own tools read too.
const OTHERS: [&str; 2] = ["IDENTITY_ENDPOINT", "SERVICE_ACCOUNT"];

/// The environment variables that say how buckets are reached: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
/// `AWS_ENDPOINT_URL` or `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`; `AZURE_STORAGE_ACCOUNT_NAME`, `AZURE_STORAGE_ACCOUNT_KEY`;
/// `GOOGLE_APPLICATION_CREDENTIALS`; and the others of these providers. Debug output shows names, never values.
#[derive(Clone, Default)]
pub struct Variables(Vec<(String, String)>);

impl Variables {
    /// Those of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        let text =
            |(k, v): (std::ffi::OsString, std::ffi::OsString)| Some((k.into_string().ok()?, v.into_string().ok()?));
        Self::from_pairs(std::env::vars_os().filter_map(text))
    }

    /// Those given; names that concern no bucket are left out.
    #[must_use]
    pub fn from_pairs(pairs: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let concerns = |name: &str| OTHERS.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p));
        Self(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).filter(|(k, _)| concerns(k)).collect())
    }

    /// Those whose name begins with `prefix`, names in lower case.
    pub(crate) fn with_prefix(&self, prefix: &'static str) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().filter(move |(k, _)| k.starts_with(prefix)).map(|(k, v)| (k.to_ascii_lowercase(), v.as_str()))
    }

    /// The value of one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == name).map(|(_, v)| v.as_str())
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(k, _)| k)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_concerns_buckets_is_kept_and_values_are_never_shown() {
        let variables = Variables::from_pairs([("AWS_SECRET_ACCESS_KEY", "hush"), ("PATH", "/bin"), ("GOOGLE_X", "y")]);
        assert_eq!(format!("{variables:?}"), r#"["AWS_SECRET_ACCESS_KEY", "GOOGLE_X"]"#);
        assert_eq!(variables.get("AWS_SECRET_ACCESS_KEY"), Some("hush"));
        assert_eq!(variables.with_prefix("AWS_").collect::<Vec<_>>(), [("aws_secret_access_key".to_owned(), "hush")]);
    }
}
