//! The relay while it runs: what is started in which order, and how it ends without losing anything.
//!
//! What serves devices is a [`Service`]; everything else here does not know how it does that.

pub mod mailbox;
pub mod seams;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enginus_envelope::Keypair;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admission::Admission;
use crate::census::{Census, keep_counting};
use crate::config::{Config, ConfigError, Environment, EnvironmentError, Secrets};
use crate::http::bucket::{BucketError, Buckets};
use crate::http::presign::TokenPresigner;
use crate::http::{HttpError, Listening, ServeLimits, listen, operator, public};
use crate::identity::{self, IdentityError};
use crate::members::Members;
use crate::metered::Metered;
use crate::metrics::Metrics;
use crate::nat::{self, Admits, AdmitsAll, Nat, NatError};
use crate::storage::{Storage, StorageError};

/// What serves devices: the mailbox.
pub trait Service: Send {
    /// Begins to serve and answers with the address bound.
    fn start(&mut self, context: Context) -> BoxFuture<'_, Result<SocketAddr, ServiceError>>;
    /// Lets nobody new in, tells every session to end, and waits until all have. Who waits for it gives up at its own deadline.
    fn drain(&mut self) -> BoxFuture<'_, ()>;
}

/// What a service is given.
#[derive(Clone)]
pub struct Context {
    /// What the operator set.
    pub config: Arc<Config>,
    /// Where it keeps things.
    pub storage: Arc<dyn Storage>,
    /// Where it counts.
    pub metrics: Arc<Metrics>,
    /// The relay's key.
    pub key: Keypair,
    /// Which projects are let in.
    pub admission: Arc<Admission>,
}

/// Why a service did not start: what, why, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ServiceError(pub String);

/// Why the relay does not run, or runs no more.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The environment.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// The relay's key.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// Storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What serves devices.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The iroh relay.
    #[error(transparent)]
    Nat(#[from] NatError),
    /// A bucket of the configuration.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// An HTTP address.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It took longer than allowed.
    #[error(
        "the relay did not end within `server.drain`; what it confirmed to devices is kept, and devices send the rest again. Set it \
         longer if this happens often"
    )]
    SlowDrain,
}

/// Everything a start needs.
pub struct Parts {
    /// What the operator set.
    pub config: Config,
    /// What the operator keeps secret.
    pub secrets: Secrets,
    /// The variables of buckets.
    pub environment: Environment,
    /// The engine.
    pub storage: Arc<dyn Storage>,
    /// What serves devices.
    pub service: Box<dyn Service>,
}

/// Where a running relay is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// The mailbox.
    pub mailbox: SocketAddr,
    /// The iroh relay.
    pub web: SocketAddr,
    /// The operator's side.
    pub operator: SocketAddr,
    /// `/v1/presign`, where it is served.
    pub presign: Option<SocketAddr>,
    /// The line a project is given.
    pub line: String,
}

/// A relay that runs.
pub struct Running {
    addresses: Addresses,
    service: Box<dyn Service>,
    nat: Nat,
    presign: Option<Listening>,
    operator: Listening,
    tasks: TaskTracker,
    metrics: Arc<Metrics>,
    storage: Arc<dyn Storage>,
    /// Cancelled first: not ready any more, and nothing new over HTTP from devices.
    draining: CancellationToken,
    /// Cancelled last: health and metrics are told until the end.
    ending: CancellationToken,
    drain: Duration,
}

/// Starts everything: the mailbox, the iroh relay, addresses of objects, and the operator's side last, so that it is never ready
/// too early. What was started ends again where something later fails.
///
/// # Errors
/// [`RunError`] of every kind but [`RunError::SlowDrain`].
pub async fn start(parts: Parts) -> Result<Running, RunError> {
    let Parts { config, secrets, environment, storage, mut service } = parts;
    let config = Arc::new(config);
    let metrics = Arc::new(Metrics::new());
    let storage: Arc<dyn Storage> = Arc::new(Metered::new(storage, Arc::clone(&metrics)));
    let (for_key, its_secrets) = (Arc::clone(&config), secrets.clone());
    let key = tokio::task::spawn_blocking(move || identity::obtain(&for_key, &its_secrets)).await;
    let key =
        key.map_err(|e| ServiceError(format!("the relay's key could not be read: {e}; start the relay again")))??;
    let context = Context {
        config: Arc::clone(&config),
        storage: Arc::clone(&storage),
        metrics: Arc::clone(&metrics),
        key,
        admission: Arc::new(Admission::new(&config, &secrets)),
    };
    let mailbox = service.start(context.clone()).await?;
    match around(&context, &environment, mailbox).await {
        Ok(around) => Ok(around.with(service, &context)),
        Err(error) => {
            // Sessions that began are told; nobody waits long for a relay that does not start.
            let _ = tokio::time::timeout(config.server.drain.0, service.drain()).await;
            Err(error)
        }
    }
}

/// What runs around the mailbox.
struct Around {
    addresses: Addresses,
    nat: Nat,
    presign: Option<Listening>,
    operator: Listening,
    tasks: TaskTracker,
    draining: CancellationToken,
    ending: CancellationToken,
}

impl Around {
    fn with(self, service: Box<dyn Service>, context: &Context) -> Running {
        let Self { addresses, nat, presign, operator, tasks, draining, ending } = self;
        Running {
            addresses,
            service,
            nat,
            presign,
            operator,
            tasks,
            metrics: Arc::clone(&context.metrics),
            storage: Arc::clone(&context.storage),
            draining,
            ending,
            drain: context.config.server.drain.0,
        }
    }
}

async fn around(context: &Context, environment: &Environment, mailbox: SocketAddr) -> Result<Around, RunError> {
    let Context { config, storage, metrics, key, .. } = context;
    let (draining, ending) = (CancellationToken::new(), CancellationToken::new());
    // Where anything below fails, what is already listening stops with these guards.
    let (drain_guard, end_guard) = (draining.clone().drop_guard(), ending.clone().drop_guard());
    let members = Arc::new(Members::new(Arc::clone(storage)));
    let admits: Arc<dyn Admits> = match config.admission.mode {
        crate::config::AdmissionMode::Open => Arc::new(AdmitsAll),
        _ => Arc::clone(&members) as _,
    };
    let resolver = nat::certificates(&config.server.tls).await?;
    let nat = Nat::start(config, resolver.clone(), admits, Arc::clone(metrics)).await?;
    let web = nat.address().unwrap_or(config.server.relay);
    let buckets = Buckets::open(&config.presign, environment)?;
    let presign = if buckets.is_empty() {
        None
    } else {
        let tls = resolver.map(nat::tls_config).transpose()?.map(Arc::new);
        let presigner = TokenPresigner::new(key.public().sign, members, Arc::new(buckets), config.presign.valid.0);
        let router = public::router(Arc::new(presigner), Arc::clone(metrics), config);
        let limits = ServeLimits::from(&config.http);
        Some(listen("presign.bind", config.presign.bind, router, tls, limits, draining.clone()).await?)
    };
    let (counted, census) = watch::channel(Census::default());
    let operator = operator::Operator {
        storage: Arc::clone(storage),
        metrics: Arc::clone(metrics),
        census,
        draining: draining.clone(),
        ready: config.http.ready.0,
    };
    let router = operator::router(operator, config);
    let limits = ServeLimits::from(&config.http);
    let operator = listen("http.bind", config.http.bind, router, None, limits, ending.clone()).await?;
    let tasks = TaskTracker::new();
    let every = config.http.census.0;
    tasks.spawn(keep_counting(Arc::clone(storage), Arc::clone(metrics), counted, every, draining.clone()));
    tasks.close();
    let addresses = Addresses {
        mailbox,
        web,
        operator: operator.address(),
        presign: presign.as_ref().map(Listening::address),
        line: identity::address_line(config, key, mailbox, web),
    };
    drain_guard.disarm();
    end_guard.disarm();
    Ok(Around { addresses, nat, presign, operator, tasks, draining, ending })
}

impl Running {
    /// Where it is reached.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Runs until `stop` is done, then ends in order within `server.drain`.
    ///
    /// # Errors
    /// [`RunError::Nat`] where a part ended by itself, [`RunError::SlowDrain`] where the end took too long.
    pub async fn until(mut self, stop: impl Future<Output = ()>) -> Result<(), RunError> {
        let failed = tokio::select! {
            () = stop => None,
            error = self.nat.ended() => Some(RunError::Nat(error)),
        };
        let drained = self.end().await;
        failed.map_or(drained, Err)
    }

    /// Not ready any more; sessions are told and end; then everything that listens; health and metrics last.
    async fn end(self) -> Result<(), RunError> {
        let Self { mut service, nat, presign, operator, tasks, metrics, storage, draining, ending, drain, .. } = self;
        tracing::info!(within_s = drain.as_secs(), "shutting down");
        let deadline = Instant::now() + drain;
        draining.cancel();
        metrics.draining.set(1);
        let drained = timeout_at(deadline, async {
            service.drain().await;
            if let Some(presign) = presign {
                presign.ended().await;
            }
            nat.stop().await;
            tasks.wait().await;
        });
        let in_time = drained.await.is_ok();
        ending.cancel();
        let in_time = timeout_at(deadline, operator.ended()).await.is_ok() && in_time;
        // The last holder lets go of the engine here; what it confirmed is durable already.
        drop((service, storage));
        if in_time { Ok(()) } else { Err(RunError::SlowDrain) }
    }
}

#[cfg(test)]
mod tests;
