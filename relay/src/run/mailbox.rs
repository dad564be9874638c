//! The mailbox as the program runs it: bounds from the configuration, the operator's word on projects, counts into the metrics.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use enginus_net::{Bounds, Node, NodeConfig};
use futures::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::{Context, Service, ServiceError};
use crate::config::Config;
use crate::mailbox::{Happened, Limits, Mailbox, Meter};
use crate::metrics::labels::{By, Label};
use crate::metrics::{Count, Direction, Metrics, TurnedAway};

/// How often the door's own counts are taken over into the metrics.
const DOOR_EVERY: Duration = Duration::from_secs(5);

/// The mailbox as a service.
#[derive(Default)]
pub struct MailboxService {
    running: Option<(Arc<Mailbox>, JoinHandle<()>)>,
    stop: CancellationToken,
}

impl Drop for MailboxService {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Service for MailboxService {
    fn start(&mut self, context: Context) -> BoxFuture<'_, Result<SocketAddr, ServiceError>> {
        Box::pin(async move {
            let Context { config, storage, metrics, key, admission } = context;
            let at = config.server.mailbox;
            let node = NodeConfig { seed: *key.seed(), port: at.port(), bind: at.ip(), mdns: false };
            let node = Node::bind_mailbox(node, bounds(&config)).await.map_err(|e| {
                ServiceError(format!(
                    "the mailbox cannot listen on `server.mailbox` = {at}: {e}; choose another port, or end what uses it"
                ))
            })?;
            // Port 0 took a free one: the one that the node says it has.
            let port = node.addresses().first().map_or(at.port(), SocketAddr::port);
            tokio::spawn(watch_door(node.turned_away(), Arc::clone(&metrics), self.stop.clone()));
            let mailbox = Mailbox::new(storage, admission, Arc::new(Counting(metrics)), limits(&config));
            self.running = Some((Arc::clone(&mailbox), tokio::spawn(mailbox.serve(node))));
            Ok(SocketAddr::new(at.ip(), port))
        })
    }

    fn drain(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some((mailbox, serving)) = self.running.take() {
                mailbox.drain();
                if let Err(error) = serving.await {
                    tracing::error!(%error, "the mailbox did not end as it should");
                }
            }
            self.stop.cancel();
        })
    }
}

fn bounds(config: &Config) -> Bounds {
    let limits = &config.limits;
    Bounds {
        connections: limits.connections as usize,
        per_device: limits.connections_per_device as usize,
        handshakes: limits.half_open as usize,
    }
}

fn limits(config: &Config) -> Limits {
    let (quota, limits) = (&config.quota, &config.limits);
    Limits {
        project_bytes: quota.project_bytes.0,
        object_bytes: quota.project_object_bytes.0,
        envelopes_per_second: quota.device_envelopes_per_second,
        envelopes_burst: quota.device_envelopes_burst,
        allowance_per_hour: quota.stranger_envelopes_per_hour,
        statements: quota.list_statements as usize,
        statement_bytes: quota.list_statement_bytes.as_usize(),
        branches: limits.log_branches as usize,
        strangers: limits.strangers as usize,
        queue_bytes: limits.queue_bytes.as_usize(),
        slow_reader_seconds: limits.slow_reader.0.as_secs(),
    }
}

/// Counts what the mailbox says happened.
struct Counting(Arc<Metrics>);

fn add<L: Label>(family: &prometheus_client::metrics::family::Family<By<L>, Count>, word: &str, count: u64) {
    if let Some(by) = By::word(word) {
        family.get_or_create(&by).inc_by(count);
    }
}

impl Meter for Counting {
    fn happened(&self, what: Happened) {
        let metrics = &self.0;
        let by = |direction| By::new(direction);
        match what {
            Happened::Connected => drop(metrics.connections.inc()),
            Happened::Disconnected => drop(metrics.connections.dec()),
            Happened::SessionBegan => drop(metrics.sessions.inc()),
            Happened::SessionEnded => drop(metrics.sessions.dec()),
            Happened::TurnedAway(reason) => add(&metrics.turned_away, reason, 1),
            Happened::Stored { envelopes, bytes, .. } => {
                metrics.envelopes_stored.inc_by(envelopes);
                metrics.stored_bytes.inc_by(bytes);
            }
            Happened::Refused { envelopes, reason } => add(&metrics.envelopes_refused, reason, envelopes),
            Happened::QuotaReached(kind) => add(&metrics.quota_refusals, kind, 1),
            Happened::Received { bytes } => drop(metrics.bytes.get_or_create(&by(Direction::In)).inc_by(bytes)),
            Happened::Sent { bytes } => drop(metrics.bytes.get_or_create(&by(Direction::Out)).inc_by(bytes)),
            Happened::ListGrew => drop(metrics.statements.inc()),
            Happened::ObjectGiven { bytes } => {
                metrics.objects_sent.inc();
                metrics.object_bytes.get_or_create(&by(Direction::Out)).inc_by(bytes);
            }
            Happened::ObjectTaken { bytes } => {
                metrics.objects_stored.inc();
                metrics.object_bytes.get_or_create(&by(Direction::In)).inc_by(bytes);
            }
            Happened::SlowReader => drop(metrics.slow_readers.inc()),
            // Counted where storage is called.
            Happened::StorageFailed => {}
        }
    }
}

/// Takes over what the network's door counts by itself.
async fn watch_door(door: enginus_net::TurnedAway, metrics: Arc<Metrics>, stop: CancellationToken) {
    let mut before = [0; 3];
    let mut every = tokio::time::interval(DOOR_EVERY);
    while stop.run_until_cancelled(every.tick()).await.is_some() {
        let now = [door.too_many_at_once(), door.unproved(), door.too_many_connections()];
        let reasons = [TurnedAway::TooManyAtOnce, TurnedAway::Unproved, TurnedAway::TooManyConnections];
        for ((reason, now), before) in reasons.into_iter().zip(now).zip(before) {
            metrics.turned_away.get_or_create(&By::new(reason)).inc_by(now.saturating_sub(before));
        }
        before = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_the_mailboxs_own() {
        assert_eq!(limits(&Config::default()), Limits::default());
    }

    #[test]
    fn every_word_of_the_mailbox_has_its_series() {
        let metrics = Arc::new(Metrics::new());
        let counting = Counting(Arc::clone(&metrics));
        for what in [
            Happened::Connected,
            Happened::SessionBegan,
            Happened::TurnedAway("not_admitted"),
            Happened::TurnedAway("a new reason"),
            Happened::Stored { envelopes: 3, bytes: 300, took: Duration::ZERO },
            Happened::Refused { envelopes: 2, reason: "forged" },
            Happened::QuotaReached("project_bytes"),
            Happened::Sent { bytes: 9 },
            Happened::ObjectTaken { bytes: 5 },
            Happened::SlowReader,
        ] {
            counting.happened(what);
        }
        let text = metrics.text().unwrap();
        for line in [
            "relay_connections 1",
            "relay_sessions 1",
            "turned_away_total{reason=\"not_admitted\"} 1",
            "turned_away_total{reason=\"other\"} 1",
            "envelopes_stored_total 3",
            "envelopes_bytes_total 300",
            "envelopes_refused_total{reason=\"forged\"} 2",
            "quota_refusals_total{kind=\"project_bytes\"} 1",
            "traffic_bytes_total{direction=\"out\"} 9",
            "objects_bytes_total{direction=\"in\"} 5",
            "slow_readers_dropped_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
