//! Serves a router on an address, under limits that a slow or greedy client cannot lift.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::config::{Config, Http};

/// One that does not read its answers gives up its place after this long.
const LONGEST_CONNECTION: Duration = Duration::from_secs(300);
/// Bytes of a request's head.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// Lines of a request's head.
const MAX_HEADERS: usize = 64;
/// How long to wait after the system refused to accept a connection (out of file descriptors, most likely).
const AFTER_REFUSAL: Duration = Duration::from_millis(200);

/// Why an address cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// It cannot be bound.
    #[error("`{key}` cannot be bound to {address}: {source}; choose another port there, or end what uses it")]
    Bind {
        /// The configuration's key.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The limits of a listener.
#[derive(Debug, Clone, Copy)]
pub struct ServeLimits {
    /// Connections at once; more wait.
    pub connections: usize,
    /// How long a request's head, and a TLS handshake, may take.
    pub head: Duration,
}

impl From<&Http> for ServeLimits {
    fn from(http: &Http) -> Self {
        Self { connections: http.connections as usize, head: http.head.0 }
    }
}

impl From<&Config> for ServeLimits {
    fn from(config: &Config) -> Self {
        Self::from(&config.http)
    }
}

/// A listener that runs until its token is cancelled.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    tasks: TaskTracker,
}

impl Listening {
    /// The address bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until every connection is done; the token must have been cancelled.
    pub async fn ended(self) {
        self.tasks.wait().await;
    }
}

/// Serves `router` on `address`, with TLS where there is a configuration of it, until `stopping` is cancelled: requests that have
/// begun are then answered.
///
/// # Errors
/// [`HttpError::Bind`], naming the configuration's `key`.
pub async fn listen(
    key: &'static str,
    address: SocketAddr,
    router: Router,
    tls: Option<Arc<rustls::ServerConfig>>,
    limits: ServeLimits,
    stopping: CancellationToken,
) -> Result<Listening, HttpError> {
    let bind = |source| HttpError::Bind { key, address, source };
    let listener = TcpListener::bind(address).await.map_err(bind)?;
    let address = listener.local_addr().map_err(bind)?;
    let tasks = TaskTracker::new();
    let server =
        Server { router, tls: tls.map(tokio_rustls::TlsAcceptor::from), limits, stopping, tasks: tasks.clone() };
    tasks.spawn(server.accept(listener).instrument(tracing::info_span!("http", on = key)));
    tasks.close();
    Ok(Listening { address, tasks })
}

#[derive(Clone)]
struct Server {
    router: Router,
    tls: Option<tokio_rustls::TlsAcceptor>,
    limits: ServeLimits,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl Server {
    async fn accept(self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        loop {
            let next = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                () = self.stopping.cancelled() => return,
                next = next => next,
            };
            match accepted {
                Ok((stream, _)) => {
                    let server = self.clone();
                    self.tasks.spawn(async move {
                        server.connection(stream).await;
                        drop(place);
                    });
                }
                Err(e) => {
                    tracing::warn!(error = %e, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_REFUSAL).await;
                }
            }
        }
    }

    async fn connection(&self, stream: TcpStream) {
        let Some(tls) = &self.tls else {
            return self.requests(stream).await;
        };
        match tokio::time::timeout(self.limits.head, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.requests(stream).await,
            Ok(Err(e)) => tracing::debug!(error = %e, "a TLS handshake failed"),
            Err(_) => tracing::debug!("a TLS handshake took too long"),
        }
    }

    async fn requests(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.head)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::time::timeout(LONGEST_CONNECTION, async {
            tokio::select! {
                ended = connection.as_mut() => return ended,
                () = self.stopping.cancelled() => connection.as_mut().graceful_shutdown(),
            }
            connection.await
        });
        if let Ok(Err(e)) = ended.await {
            tracing::debug!(error = %e, "a connection broke");
        }
    }
}
