//! How the servers are reached, and what streams are made like.

use std::path::PathBuf;
use std::time::Duration;

use async_nats::ConnectOptions;

use super::super::{Clock, StorageError};

/// Who the relay is to the servers.
#[derive(Clone, Default)]
pub enum JetStreamCredentials {
    /// Nobody in particular.
    #[default]
    None,
    /// A name and a password.
    UserPassword {
        /// The name.
        user: String,
        /// The password.
        password: String,
    },
    /// A token.
    Token(String),
    /// The seed of an nkey.
    NKeySeed(String),
    /// What a `.creds` file holds: a JWT and a seed.
    Credentials(String),
}

/// Never shows a secret.
impl std::fmt::Debug for JetStreamCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::UserPassword { .. } => "UserPassword",
            Self::Token(_) => "Token",
            Self::NKeySeed(_) => "NKeySeed",
            Self::Credentials(_) => "Credentials",
        })
    }
}

/// TLS to the servers.
#[derive(Debug, Clone, Default)]
pub struct JetStreamTls {
    /// Whether a connection without it is refused.
    pub required: bool,
    /// Certificates of authorities beside the system's, in PEM.
    pub authorities: Option<PathBuf>,
    /// The relay's own certificate and key, in PEM.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// How the JetStream engine is opened.
#[derive(Clone)]
pub struct JetStreamOptions {
    /// Addresses of servers: `nats://host:4222`.
    pub servers: Vec<String>,
    /// Who the relay is to them.
    pub credentials: JetStreamCredentials,
    /// How the connection is sealed.
    pub tls: JetStreamTls,
    /// The beginning of the names of streams and buckets: letters, digits and `-`.
    pub prefix: String,
    /// How many servers keep each stream, 1 to 5.
    pub replicas: usize,
    /// The most bytes of one project's journal, and as many again of its objects; none: as many as the servers have.
    pub max_bytes_per_project: Option<i64>,
    /// Where replicas of projects in view are kept between runs; none: in memory. They can be removed at any time.
    pub cache: Option<PathBuf>,
    /// Memory for pages of the replicas, in bytes.
    pub cache_bytes: usize,
    /// How long anything may take until the servers count as unreachable.
    pub timeout: Duration,
    /// The relay's clock.
    pub clock: Clock,
}

impl JetStreamOptions {
    /// The usual options for some servers.
    #[must_use]
    pub fn new(servers: Vec<String>, clock: Clock) -> Self {
        Self {
            servers,
            credentials: JetStreamCredentials::default(),
            tls: JetStreamTls::default(),
            prefix: "enginus".to_owned(),
            replicas: 1,
            max_bytes_per_project: None,
            cache: None,
            cache_bytes: 64 << 20,
            timeout: Duration::from_secs(8),
            clock,
        }
    }

    pub(super) fn check(&self) -> Result<(), StorageError> {
        let name_is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if self.prefix.is_empty() || self.prefix.len() > 64 || !self.prefix.chars().all(name_is_fine) {
            return Err(StorageError::Failed(
                "the prefix of stream names is letters, digits and -, up to 64".to_owned(),
            ));
        }
        if !(1..=5).contains(&self.replicas) {
            return Err(StorageError::Failed("a stream has 1 to 5 replicas".to_owned()));
        }
        if self.servers.is_empty() {
            return Err(StorageError::Failed("no address of a NATS server is given".to_owned()));
        }
        Ok(())
    }

    /// What the client is told. It connects in the background and again after every loss, so a relay starts before its servers.
    pub(super) fn connecting(&self) -> Result<ConnectOptions, StorageError> {
        let mut options = ConnectOptions::new()
            .name("enginus relay")
            .retry_on_initial_connect()
            .connection_timeout(self.timeout / 2)
            .request_timeout(Some(self.timeout))
            .ping_interval(Duration::from_secs(15))
            .reconnect_delay_callback(|attempt| backoff(attempt, Duration::from_secs(3)))
            .require_tls(self.tls.required);
        if let Some(authorities) = &self.tls.authorities {
            options = options.add_root_certificates(authorities.clone());
        }
        if let Some((certificate, key)) = &self.tls.identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(match &self.credentials {
            JetStreamCredentials::None => options,
            JetStreamCredentials::UserPassword { user, password } => {
                options.user_and_password(user.clone(), password.clone())
            }
            JetStreamCredentials::Token(token) => options.token(token.clone()),
            JetStreamCredentials::NKeySeed(seed) => options.nkey(seed.clone()),
            JetStreamCredentials::Credentials(text) => options
                .credentials(text)
                .map_err(|error| StorageError::Failed(format!("the NATS credentials cannot be read: {error}")))?,
        })
    }
}

/// How long to wait before attempt number `attempt`: doubling from 50 ms up to `most`, and of that a random half to all, so that relays
/// that lost a server together do not come back together.
pub(super) fn backoff(attempt: usize, most: Duration) -> Duration {
    let doubled = Duration::from_millis(50).saturating_mul(1 << attempt.min(10)).min(most);
    let mut random = [0u8; 1];
    // Without randomness the wait is the whole one.
    let share = getrandom::fill(&mut random).map_or(255, |()| u32::from(random[0]));
    doubled / 2 + doubled * share / 510
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_rise_to_a_limit_and_differ() {
        let most = Duration::from_secs(3);
        for attempt in [0, 1, 5, 6, 20, usize::MAX] {
            let full = Duration::from_millis(50).saturating_mul(1 << attempt.min(10)).min(most);
            let waits: Vec<_> = (0..50).map(|_| backoff(attempt, most)).collect();
            assert!(waits.iter().all(|wait| (full / 2..=full).contains(wait)), "{waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_and_secrets_are_not_shown() {
        let clock: Clock = std::sync::Arc::new(|| enginus_model::Instant(0));
        let good = JetStreamOptions::new(vec!["nats://127.0.0.1:1".to_owned()], clock);
        assert!(good.check().is_ok());
        assert!(JetStreamOptions { replicas: 6, ..good.clone() }.check().is_err());
        assert!(JetStreamOptions { prefix: "a.b".to_owned(), ..good.clone() }.check().is_err());
        assert!(JetStreamOptions { servers: vec![], ..good }.check().is_err());
        let shown = format!("{:?}", JetStreamCredentials::Token("secret".to_owned()));
        assert_eq!(shown, "Token");
    }
}
