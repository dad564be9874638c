//! The iroh relay inside: devices behind any NAT meet through it, and packets that it cannot read pass.
//!
//! It is upstream's server, started from our configuration, with one question asked of each connection: whether its endpoint may
//! use this relay at all ([`Admits`]).

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use enginus_model::DeviceId;
use futures::future::BoxFuture;
use iroh_relay::server::{
    Access, AccessControl, AcmeConfig, CertConfig, ClientRateLimit, ClientRequest, ConnectionId,
    DEFAULT_CERT_RELOAD_INTERVAL, QuicConfig, RelayConfig, Server, ServerConfig, TlsConfig, reloading_resolver,
};
use rustls::server::{ResolvesServerCert, WantsServerCert};
use rustls::{ConfigBuilder, crypto};

use crate::config::{Config, Limits, Size, Tls, TlsMode};
use crate::metrics::{Metrics, Outcome};

/// Who may pass packets through the iroh relay. The mailbox knows: the devices of the projects it serves.
pub trait Admits: Send + Sync + 'static {
    /// Whether this device may use the relay now. The handshake has proved that it is this device.
    fn admits<'a>(&'a self, device: &'a DeviceId) -> BoxFuture<'a, bool>;
}

/// Everybody. For a relay that admits every project anyhow.
#[derive(Debug, Clone, Copy)]
pub struct AdmitsAll;

impl Admits for AdmitsAll {
    fn admits<'a>(&'a self, _device: &'a DeviceId) -> BoxFuture<'a, bool> {
        Box::pin(std::future::ready(true))
    }
}

/// Why the iroh relay does not run.
#[derive(Debug, thiserror::Error)]
pub enum NatError {
    /// The certificates cannot be used.
    #[error(
        "the certificate `server.tls.cert` and key `server.tls.key` cannot be used: {0}; both must be PEM files that the relay's \
         user may read"
    )]
    Certificates(String),
    /// It cannot be started.
    #[error(
        "the iroh relay cannot be started: {0}; check `server.relay`, `server.tls.bind` and `server.tls.discovery_bind`, and what \
         else uses these ports"
    )]
    Start(String),
    /// It ended by itself.
    #[error("the iroh relay ended by itself: {0}; the log says more")]
    Ended(String),
}

/// The certificate resolver of the configuration's files, read again every day; `None` without files. The relay and `/v1/presign`
/// share it.
///
/// # Errors
/// [`NatError::Certificates`].
pub async fn certificates(tls: &Tls) -> Result<Option<Arc<dyn ResolvesServerCert>>, NatError> {
    if tls.mode != TlsMode::Files {
        return Ok(None);
    }
    let provider = crypto::ring::default_provider();
    let resolver = reloading_resolver(&provider, tls.cert.clone(), tls.key.clone(), DEFAULT_CERT_RELOAD_INTERVAL);
    resolver.await.map(Some).map_err(|e| NatError::Certificates(format!("{e:#}")))
}

/// The TLS side of a server with such certificates.
///
/// # Errors
/// [`NatError::Certificates`].
pub fn tls_config(resolver: Arc<dyn ResolvesServerCert>) -> Result<rustls::ServerConfig, NatError> {
    Ok(tls_builder()?.with_cert_resolver(resolver))
}

fn tls_builder() -> Result<ConfigBuilder<rustls::ServerConfig, WantsServerCert>, NatError> {
    let builder = rustls::ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|e| NatError::Certificates(e.to_string()))?;
    Ok(builder.with_no_client_auth())
}

/// The iroh relay while it runs. Dropping it stops it at once.
#[derive(Debug)]
pub struct Nat {
    server: Server,
}

impl Nat {
    /// Starts it. `resolver` are the certificates from files, where there are any.
    ///
    /// # Errors
    /// [`NatError`] where certificates or addresses cannot be used.
    pub async fn start(
        config: &Config,
        resolver: Option<Arc<dyn ResolvesServerCert>>,
        admits: Arc<dyn Admits>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, NatError> {
        let tls = &config.server.tls;
        let mut relay = RelayConfig::new(config.server.relay);
        relay.limits.client_rx = rate_limit(&config.limits);
        relay.access = Arc::new(Door { admits, metrics });
        relay.tls = certificate_source(config, resolver)?.map(|cert| TlsConfig::new(tls.bind, cert));
        let mut server = ServerConfig::default();
        // Devices are told their address over QUIC, which there is only with certificates.
        server.quic = (relay.tls.is_some() && tls.discovery).then(|| QuicConfig::new(tls.discovery_bind));
        server.relay = Some(relay);
        let server = Server::spawn(server).await.map_err(|e| NatError::Start(chain(&e)))?;
        Ok(Self { server })
    }

    /// Where devices reach it over HTTP or, with certificates, HTTPS.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.https_addr().or(self.server.http_addr())
    }

    /// Where devices ask for their address, if anywhere.
    #[must_use]
    pub fn discovery_address(&self) -> Option<SocketAddr> {
        self.server.quic_addr()
    }

    /// Waits for it to end by itself, which it should not.
    pub async fn ended(&mut self) -> NatError {
        match self.server.join().await {
            Ok(Ok(())) => NatError::Ended("no reason was given".into()),
            Ok(Err(e)) => NatError::Ended(chain(&e)),
            Err(e) => NatError::Ended(chain(&e)),
        }
    }

    /// Ends it; connections are closed.
    pub async fn stop(self) {
        if let Err(error) = self.server.shutdown().await {
            tracing::debug!(%error, "the iroh relay ended with an error");
        }
    }
}

fn certificate_source(
    config: &Config,
    resolver: Option<Arc<dyn ResolvesServerCert>>,
) -> Result<Option<CertConfig>, NatError> {
    let tls = &config.server.tls;
    Ok(match (tls.mode, resolver) {
        (TlsMode::None, _) => None,
        (TlsMode::Files, Some(resolver)) => Some(CertConfig::Manual { server_config: tls_config(resolver)? }),
        (TlsMode::Files, None) => return Err(NatError::Certificates("they were not read".into())),
        (TlsMode::Acme, _) => {
            let acme_config = AcmeConfig::letsencrypt(tls.production)
                .domains(tls.domains.clone())
                .contact(vec![format!("mailto:{}", tls.contact)])
                .cache_path(config.acme_cache_path());
            Some(CertConfig::LetsEncrypt { acme_config, server_config_builder: tls_builder()? })
        }
    })
}

fn rate_limit(limits: &Limits) -> Option<ClientRateLimit> {
    let number = |size: Size| u32::try_from(size.0).ok().and_then(NonZeroU32::new);
    let mut limit = ClientRateLimit::new(number(limits.relay_bytes_per_second)?);
    limit.max_burst_bytes = number(limits.relay_bytes_burst);
    Some(limit)
}

/// An error with everything that caused it.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_said = cause.to_string();
        if !said.ends_with(&cause_said) {
            said = format!("{said}: {cause_said}");
        }
        source = cause.source();
    }
    said
}

/// Asks [`Admits`] of each connection, and counts.
struct Door {
    admits: Arc<dyn Admits>,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

impl AccessControl for Door {
    async fn on_connect(&self, request: &ClientRequest) -> Access {
        let device = DeviceId(*request.endpoint_id().as_bytes());
        if self.admits.admits(&device).await {
            self.metrics.nat_connection(Outcome::Done);
            self.metrics.nat_clients.inc();
            Access::Allow
        } else {
            self.metrics.nat_connection(Outcome::Refused);
            Access::Deny { reason: Some("this relay serves no project of this device".into()) }
        }
    }

    fn on_disconnect(&self, _: iroh::EndpointId, _: ConnectionId) {
        self.metrics.nat_clients.dec();
    }
}

#[cfg(test)]
mod tests;
