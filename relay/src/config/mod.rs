//! The relay's configuration: one TOML file, every key with a default, secrets from environment variables only.
//!
//! What each key means stands at its field; `ops/relay.toml` shows all of them with their defaults, and a test holds the two equal.

mod check;
mod environment;
mod limits;
mod load;
mod places;
mod suggest;
#[cfg(test)]
mod tests;
mod units;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use check::MAX_PRESIGNED;
pub use environment::{Environment, EnvironmentError, Secrets};
pub use limits::{Http, Limits, Quota};
pub use load::{ConfigError, Loaded, Warning};
pub use places::{Engine, Nats, Server, Storage, Tls, TlsMode};
pub use units::{BadUnit, Size, Span};

/// Everything that an operator can set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Addresses, names and certificates.
    pub server: Server,
    /// Where and how what devices sent is kept.
    pub storage: Storage,
    /// Which projects are served.
    pub admission: Admission,
    /// How much each may use.
    pub quota: Quota,
    /// How much may go on at once.
    pub limits: Limits,
    /// The operator's own HTTP side.
    pub http: Http,
    /// Addresses minted for objects in the operator's buckets.
    pub presign: Presign,
    /// What is logged, and how.
    pub logging: Logging,
}

/// Which projects are served.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Admission {
    /// Who may open a project here.
    pub mode: AdmissionMode,
    /// With `allow-list`: the ids of the projects that are served, 64 hexadecimal digits each; besides these, those that
    /// `enginus-relay project allow` named.
    pub projects: Vec<String>,
}

/// Who may open a project here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdmissionMode {
    /// The projects of a list, and no other.
    #[default]
    AllowList,
    /// Who shows an invitation code of `ENGINUS_RELAY_INVITATIONS`, and the projects of the list.
    Invitation,
    /// Everybody. For a network of one's own only.
    Open,
}

/// Addresses minted for objects in the operator's buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Presign {
    /// Where `/v1/presign` is served; only where there is a bucket. With certificates from files it speaks TLS with them; else it
    /// speaks plain HTTP and is meant to stand behind a proxy that does.
    pub bind: std::net::SocketAddr,
    /// How long a minted address is valid; at most 10 min.
    pub valid: Span,
    /// The buckets, at most one for each project.
    pub buckets: Vec<PresignBucket>,
}

impl Default for Presign {
    fn default() -> Self {
        Self { bind: places::any(4433), valid: Span::seconds(300), buckets: Vec::new() }
    }
}

/// A bucket in which a project keeps its objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresignBucket {
    /// The project's id, 64 hexadecimal digits.
    pub project: String,
    /// The bucket's address as the project has it: `s3://`, `az://` or `gs://`.
    pub url: String,
    /// What the names of the environment variables with its credentials begin with: with `SITE` they are
    /// `SITE_AWS_ACCESS_KEY_ID` and so on.
    pub variables: String,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Logging {
    /// As lines for people or as JSON.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`; also by module, as in `info,enginus_relay=debug`.
    pub level: String,
}

impl Default for Logging {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".into() }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// For trying things out on one machine: loopback only, no certificates, every project admitted, all data below `dir`.
    #[must_use]
    pub fn dev(dir: &Path) -> Self {
        let mut config = Self::default();
        config.server.data = dir.to_owned();
        config.server.host = "127.0.0.1".into();
        config.admission.mode = AdmissionMode::Open;
        let local = std::net::IpAddr::from(std::net::Ipv4Addr::LOCALHOST);
        let binds = [
            &mut config.server.mailbox,
            &mut config.server.relay,
            &mut config.server.tls.bind,
            &mut config.server.tls.discovery_bind,
            &mut config.http.bind,
            &mut config.presign.bind,
        ];
        for bind in binds {
            bind.set_ip(local);
        }
        config
    }

    /// The folder of the embedded store.
    #[must_use]
    pub fn store_path(&self) -> PathBuf {
        or_below(&self.storage.path, &self.server.data, "store")
    }

    /// The folder of the index that stands in front of NATS.
    #[must_use]
    pub fn nats_cache_path(&self) -> PathBuf {
        or_below(&self.storage.nats.cache, &self.server.data, "nats-cache")
    }

    /// The folder of certificates obtained by ACME.
    #[must_use]
    pub fn acme_cache_path(&self) -> PathBuf {
        or_below(&self.server.tls.cache, &self.server.data, "acme")
    }

    /// The configuration as a file would say it. It holds no secret, since none is read from a file.
    ///
    /// # Errors
    /// Where a value cannot be written as TOML, which none of ours is.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }
}

/// `path`, or where it is empty the folder `name` below `data`.
fn or_below(path: &Path, data: &Path, name: &str) -> PathBuf {
    if path.as_os_str().is_empty() { data.join(name) } else { path.to_owned() }
}
