//! From a file's text to a configuration that makes sense, or to an error that names the key, the value and what is allowed.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

use super::suggest::nearest;
use super::{AdmissionMode, Config, PresignBucket, TlsMode, check};

/// Words in a key's name that say that its value is a secret.
const SECRET_WORDS: [&str; 8] =
    ["secret", "password", "passwd", "token", "credential", "access_key", "private_key", "invitations"];

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration {path} cannot be read: {source}; name another with --config, or try --dev")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no TOML, or a value is of the wrong kind.
    #[error("the configuration cannot be understood: {0}")]
    Malformed(#[from] toml::de::Error),
    /// A secret stands in the file.
    #[error("`{key}` is a secret and is not read from the file; take it out and set {instead} in the environment")]
    SecretInFile {
        /// Where it stands.
        key: String,
        /// What to use.
        instead: &'static str,
    },
    /// A value is not allowed.
    #[error("`{key}` is {value}, but {allowed}")]
    NotAllowed {
        /// Where it stands.
        key: String,
        /// What stands there.
        value: String,
        /// What may stand there.
        allowed: &'static str,
    },
}

/// Something an operator should know that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A key means nothing here.
    #[error("`{key}` in the configuration means nothing and is ignored{}", hint(nearest.as_deref()))]
    UnknownKey {
        /// The key with its sections.
        key: String,
        /// The known key it was probably meant to be.
        nearest: Option<String>,
    },
    /// Anybody on the network can keep data here.
    #[error(
        "`admission.mode` is \"open\" and the mailbox can be reached from other machines: anybody who can reach it can fill its \
         storage; use \"allow-list\" or \"invitation\", or bind `server.mailbox` to 127.0.0.1"
    )]
    OpenToAll,
    /// The operator's side can be reached from other machines.
    #[error(
        "`http.bind` can be reached from other machines: metrics and status have no password; bind it to 127.0.0.1 or to a \
         network that only monitoring reaches"
    )]
    OperatorSideExposed,
}

fn hint(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |key| format!("; is `{key}` meant?"))
}

/// A configuration and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// What holds.
    pub config: Config,
    /// What an operator should know.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] of every kind.
    pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text)
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// [`ConfigError`] of every kind but [`ConfigError::Unreadable`].
    pub fn parse(text: &str) -> Result<Loaded, ConfigError> {
        let table: Table = text.parse()?;
        refuse_secrets(&table, "")?;
        let config: Self = toml::from_str(text)?;
        check::check(&config)?;
        let mut warnings = Vec::new();
        unknown_keys(&table, &known()?, "", &mut warnings);
        warnings.extend(config.warnings());
        Ok(Loaded { config, warnings })
    }

    /// What an operator should know of settings that are allowed but seldom meant.
    fn warnings(&self) -> impl Iterator<Item = Warning> {
        let open = self.admission.mode == AdmissionMode::Open && !self.server.mailbox.ip().is_loopback();
        let exposed = self.http.bind.ip().is_unspecified();
        [open.then_some(Warning::OpenToAll), exposed.then_some(Warning::OperatorSideExposed)].into_iter().flatten()
    }

    /// Whether certificates are used.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.server.tls.mode != TlsMode::None
    }
}

/// Every key there is: the defaults as a table, lists with one entry each.
fn known() -> Result<Table, ConfigError> {
    let mut full = Config::default();
    full.presign.buckets = vec![PresignBucket::default()];
    let text = full.to_toml().map_err(|e| serde::de::Error::custom(e.to_string())).map_err(ConfigError::Malformed)?;
    Ok(Table::deserialize(toml::Deserializer::parse(&text)?)?)
}

fn unknown_keys(found: &Table, known: &Table, under: &str, warnings: &mut Vec<Warning>) {
    for (key, value) in found {
        let full = joined(under, key);
        match (value, known.get(key)) {
            (_, None) => {
                let nearest = nearest(key, known.keys().map(String::as_str)).map(|key| joined(under, key));
                warnings.push(Warning::UnknownKey { key: full, nearest });
            }
            (Value::Table(found), Some(Value::Table(known))) => unknown_keys(found, known, &full, warnings),
            (Value::Array(found), Some(Value::Array(known))) => {
                let Some(Value::Table(known)) = known.first() else { continue };
                for (at, entry) in found.iter().enumerate() {
                    if let Value::Table(entry) = entry {
                        unknown_keys(entry, known, &format!("{full}[{at}]"), warnings);
                    }
                }
            }
            _ => {}
        }
    }
}

fn joined(under: &str, key: &str) -> String {
    if under.is_empty() { key.to_owned() } else { format!("{under}.{key}") }
}

/// Secrets are told by the name of their key and, where they are typical, by how they look.
fn refuse_secrets(table: &Table, under: &str) -> Result<(), ConfigError> {
    for (key, value) in table {
        let full = joined(under, key);
        let lower = key.to_ascii_lowercase();
        if SECRET_WORDS.iter().any(|word| lower.contains(word)) {
            return Err(ConfigError::SecretInFile { instead: variable_for(&full), key: full });
        }
        refuse_secret_value(value, full)?;
    }
    Ok(())
}

fn refuse_secret_value(value: &Value, key: String) -> Result<(), ConfigError> {
    match value {
        Value::Table(table) => refuse_secrets(table, &key),
        Value::Array(entries) => {
            entries.iter().enumerate().try_for_each(|(at, entry)| refuse_secret_value(entry, format!("{key}[{at}]")))
        }
        Value::String(text) if looks_secret(text) => {
            Err(ConfigError::SecretInFile { instead: variable_for(&key), key })
        }
        _ => Ok(()),
    }
}

/// A private key in PEM, or an address with a password.
fn looks_secret(text: &str) -> bool {
    let has_password = text.split(',').any(|address| url::Url::parse(address).is_ok_and(|u| u.password().is_some()));
    text.contains("PRIVATE KEY-----") || has_password
}

fn variable_for(key: &str) -> &'static str {
    match key.split(['.', '[']).next().unwrap_or_default() {
        "storage" => "ENGINUS_RELAY_NATS_CREDENTIALS_FILE or ENGINUS_RELAY_NATS_TOKEN",
        "admission" => "ENGINUS_RELAY_INVITATIONS or ENGINUS_RELAY_INVITATIONS_FILE",
        "presign" => {
            "the provider's variables behind the prefix of `presign.buckets.variables`, as SITE_AWS_SECRET_ACCESS_KEY,"
        }
        _ => "ENGINUS_RELAY_KEY or ENGINUS_RELAY_KEY_FILE (certificates: a file's path in `server.tls.key`)",
    }
}
