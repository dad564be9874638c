//! Everything the relay counts. One struct; who counts something holds it and says so in one call.
//!
//! No label ever carries a project, a device or an address: labels are the closed sets of [`labels`], so that the number of series
//! is fixed and a dashboard tells nothing about who works on what.

pub mod labels;

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use labels::{By, Label, Operation};
pub use labels::{Direction, EnvelopeRefusal, Kept, Outcome, QuotaKind, StorageCall, Traffic, TurnedAway};

/// A number that goes up and down.
pub type Number = Gauge<i64, AtomicI64>;
/// A number that only grows.
pub type Count = Counter<u64, AtomicU64>;

/// What the relay counts. Every field is shared: cloning a counter counts in the same place.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Connections to the mailbox that are open.
    pub connections: Number,
    /// Sessions: a device with one of its projects.
    pub sessions: Number,
    /// Connections and sessions that were not let in, by reason.
    pub turned_away: Family<By<TurnedAway>, Count>,
    /// Envelopes that were stored and confirmed.
    pub envelopes_stored: Count,
    /// Envelopes that were refused, by reason.
    pub envelopes_refused: Family<By<EnvelopeRefusal>, Count>,
    /// Bytes of envelopes that were stored.
    pub stored_bytes: Count,
    /// Bytes of frames by direction.
    pub bytes: Family<By<Direction>, Count>,
    /// Statements added to access lists.
    pub statements: Count,
    /// Bytes of objects by direction.
    pub object_bytes: Family<By<Direction>, Count>,
    /// Objects that were put.
    pub objects_stored: Count,
    /// Objects that were given out.
    pub objects_sent: Count,
    /// Times that a quota was reached, by which.
    pub quota_refusals: Family<By<QuotaKind>, Count>,
    /// Sessions that were ended because they did not read what was sent.
    pub slow_readers: Count,
    /// How long storage took, by what it did.
    pub storage_seconds: Family<By<StorageCall>, Histogram, fn() -> Histogram>,
    /// What storage could not do, by what it was.
    pub storage_errors: Family<By<StorageCall>, Count>,
    /// Projects kept.
    pub projects: Number,
    /// Envelopes and objects kept, at the last count.
    pub kept: Family<By<Kept>, Number>,
    /// Bytes of them, at the last count.
    pub kept_bytes: Family<By<Kept>, Number>,
    /// 1 while storage says it can be written to.
    pub storage_ready: Number,
    /// 1 while the relay is shutting down.
    pub draining: Number,
    /// Requests to the iroh relay, by how they ended.
    pub nat_connections: Family<By<Outcome>, Count>,
    /// Connections to the iroh relay that are open.
    pub nat_clients: Number,
    /// Addresses minted for objects, by how the request ended.
    pub presigned: Family<By<Outcome>, Count>,
    /// HTTP requests, by which side and how they ended.
    pub http_requests: Family<Operation, Count>,
}

/// 0.1 ms to about 13 s.
fn storage_buckets() -> Histogram {
    Histogram::new(exponential_buckets(0.0001, 2.0, 18))
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All of them at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("enginus_relay"),
            connections: Number::default(),
            sessions: Number::default(),
            turned_away: Family::default(),
            envelopes_stored: Count::default(),
            envelopes_refused: Family::default(),
            stored_bytes: Count::default(),
            bytes: Family::default(),
            statements: Count::default(),
            object_bytes: Family::default(),
            objects_stored: Count::default(),
            objects_sent: Count::default(),
            quota_refusals: Family::default(),
            slow_readers: Count::default(),
            storage_seconds: Family::new_with_constructor(storage_buckets),
            storage_errors: Family::default(),
            projects: Number::default(),
            kept: Family::default(),
            kept_bytes: Family::default(),
            storage_ready: Number::default(),
            draining: Number::default(),
            nat_connections: Family::default(),
            nat_clients: Number::default(),
            presigned: Family::default(),
            http_requests: Family::default(),
        };
        metrics.register_sessions();
        metrics.register_storage();
        metrics.register_rest();
        metrics.start_series();
        metrics
    }

    fn register_sessions(&mut self) {
        let r = &mut self.registry;
        r.register("connections", "Connections to the mailbox that are open", self.connections.clone());
        r.register("sessions", "Sessions: a device with one of its projects", self.sessions.clone());
        r.register("turned_away", "Connections and sessions that were not let in", self.turned_away.clone());
        r.register("envelopes_stored", "Envelopes that were stored and confirmed", self.envelopes_stored.clone());
        r.register("envelopes_refused", "Envelopes that were refused", self.envelopes_refused.clone());
        r.register_with_unit("envelopes", "Of envelopes that were stored", Unit::Bytes, self.stored_bytes.clone());
        r.register_with_unit("traffic", "Frames to and from devices", Unit::Bytes, self.bytes.clone());
        r.register("objects_stored", "Objects that were put", self.objects_stored.clone());
        r.register("objects_sent", "Objects that were given out", self.objects_sent.clone());
        r.register_with_unit("objects", "Objects to and from devices", Unit::Bytes, self.object_bytes.clone());
        r.register("list_statements", "Statements added to access lists", self.statements.clone());
        r.register("quota_refusals", "Times that a quota was reached", self.quota_refusals.clone());
        r.register("slow_readers_dropped", "Sessions ended because they did not read", self.slow_readers.clone());
    }

    fn register_storage(&mut self) {
        let r = &mut self.registry;
        r.register_with_unit("storage", "How long storage took", Unit::Seconds, self.storage_seconds.clone());
        r.register("storage_errors", "What storage could not do", self.storage_errors.clone());
        r.register("projects", "Projects kept", self.projects.clone());
        r.register("kept", "Envelopes and objects kept, at the last count", self.kept.clone());
        r.register_with_unit("kept", "Bytes kept, at the last count", Unit::Bytes, self.kept_bytes.clone());
        r.register("storage_ready", "1 while storage can be written to", self.storage_ready.clone());
    }

    fn register_rest(&mut self) {
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        let r = &mut self.registry;
        r.register("build", "The version that runs", build);
        r.register("draining", "1 while the relay is shutting down", self.draining.clone());
        r.register("nat_connections", "Connections to the iroh relay, by outcome", self.nat_connections.clone());
        r.register("nat_clients", "Connections to the iroh relay that are open", self.nat_clients.clone());
        r.register("presigned", "Addresses minted for objects, by outcome", self.presigned.clone());
        r.register("http_requests", "HTTP requests by side and outcome", self.http_requests.clone());
    }

    /// Every series exists from the start at zero: an alert on a rate sees the first refusal too.
    fn start_series(&self) {
        start(&self.turned_away);
        start(&self.envelopes_refused);
        start(&self.bytes);
        start(&self.object_bytes);
        start(&self.quota_refusals);
        start(&self.storage_errors);
        start(&self.kept);
        start(&self.kept_bytes);
        start(&self.nat_connections);
        start(&self.presigned);
        for side in Traffic::ALL.iter().copied() {
            for outcome in Outcome::ALL.iter().copied() {
                drop(self.http_requests.get_or_create(&Operation { side, outcome }));
            }
        }
        for by in By::<StorageCall>::all() {
            drop(self.storage_seconds.get_or_create(&by));
        }
    }

    /// Notes how long storage took and whether it could.
    pub fn storage(&self, call: StorageCall, took: Duration, done: bool) {
        self.storage_seconds.get_or_create(&By::new(call)).observe(took.as_secs_f64());
        if !done {
            self.storage_errors.get_or_create(&By::new(call)).inc();
        }
    }

    /// Counts a connection to the iroh relay.
    pub fn nat_connection(&self, outcome: Outcome) {
        self.nat_connections.get_or_create(&By::new(outcome)).inc();
    }

    /// Counts a request for an address.
    pub fn presign(&self, outcome: Outcome) {
        self.presigned.get_or_create(&By::new(outcome)).inc();
    }

    /// Counts an HTTP request.
    pub fn http(&self, side: Traffic, status: u16) {
        let outcome = match status {
            ..400 => Outcome::Done,
            400..500 => Outcome::Refused,
            _ => Outcome::Failed,
        };
        self.http_requests.get_or_create(&Operation { side, outcome }).inc();
    }

    /// Everything in the OpenMetrics text form.
    ///
    /// # Errors
    /// Where the text cannot be written, which for a `String` does not happen.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn start<L: labels::Label, M: Default>(family: &Family<By<L>, M>) {
    for by in By::<L>::all() {
        drop(family.get_or_create(&by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_stands_in_the_text() {
        let metrics = Metrics::new();
        metrics.connections.inc();
        metrics.turned_away.get_or_create(&By::new(TurnedAway::NotAdmitted)).inc();
        metrics.bytes.get_or_create(&By::new(Direction::In)).inc_by(7);
        metrics.storage(StorageCall::Append, Duration::from_millis(3), false);
        metrics.envelopes_refused.get_or_create(&By::new(EnvelopeRefusal::Forged)).inc_by(2);
        let text = metrics.text().unwrap();
        for line in [
            "enginus_relay_connections 1",
            "enginus_relay_turned_away_total{reason=\"not_admitted\"} 1",
            "enginus_relay_traffic_bytes_total{direction=\"in\"} 7",
            "enginus_relay_storage_seconds_count{call=\"append\"} 1",
            "enginus_relay_storage_errors_total{call=\"append\"} 1",
            "enginus_relay_envelopes_refused_total{reason=\"forged\"} 2",
            "enginus_relay_quota_refusals_total{kind=\"project_bytes\"} 0",
            "enginus_relay_build_info{version=",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
