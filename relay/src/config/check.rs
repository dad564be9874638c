//! What TOML cannot say of a configuration: which values make sense, and which only together.

use std::time::Duration;

use enginus_model::ProjectId;

use super::{Config, ConfigError, Engine, Size, Span, Tls, TlsMode};

/// The longest that a minted address may be valid.
pub const MAX_PRESIGNED: Duration = Duration::from_secs(600);

pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_server(config)?;
    check_storage(config)?;
    for (at, project) in config.admission.projects.iter().enumerate() {
        check_project(&format!("admission.projects[{at}]"), project)?;
    }
    check_numbers(config)?;
    check_presign(config)?;
    let level = &config.logging.level;
    tracing_subscriber::EnvFilter::try_new(level)
        .map(drop)
        .map_err(|_| refused("logging.level", level, "it must be error, warn, info, debug or trace, or such by module"))
}

fn refused(key: &str, value: impl std::fmt::Display, allowed: &'static str) -> ConfigError {
    ConfigError::NotAllowed { key: key.to_owned(), value: format!("“{value}”"), allowed }
}

fn check_project(key: &str, text: &str) -> Result<(), ConfigError> {
    let parsed = text.parse::<ProjectId>();
    parsed.map(drop).map_err(|_| refused(key, text, "it must be a project's id, 64 hexadecimal digits"))
}

fn check_server(config: &Config) -> Result<(), ConfigError> {
    let server = &config.server;
    if server.data.as_os_str().is_empty() {
        return Err(refused("server.data", "", "it must be a folder that the relay may write to"));
    }
    if server.host.contains(['/', ' ', '?']) {
        return Err(refused("server.host", &server.host, "it must be a name or an address without a scheme or port"));
    }
    let forwarded = &server.public_mailbox;
    let has_port =
        forwarded.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !forwarded.is_empty() && !has_port {
        return Err(refused("server.public_mailbox", forwarded, "it must be empty or host:port"));
    }
    let web = &server.public_web;
    let is_web = url::Url::parse(web).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.query().is_none());
    if !web.is_empty() && !is_web {
        return Err(refused("server.public_web", web, "it must be empty or http(s)://host:port"));
    }
    check_tls(&server.tls)
}

fn check_tls(tls: &Tls) -> Result<(), ConfigError> {
    match tls.mode {
        TlsMode::None => Ok(()),
        TlsMode::Files if tls.cert.as_os_str().is_empty() => {
            Err(refused("server.tls.cert", "", "with mode = \"files\" it must name the certificate chain's PEM file"))
        }
        TlsMode::Files if tls.key.as_os_str().is_empty() => {
            Err(refused("server.tls.key", "", "with mode = \"files\" it must name the private key's PEM file"))
        }
        TlsMode::Files => Ok(()),
        TlsMode::Acme if tls.domains.is_empty() => {
            Err(refused("server.tls.domains", "", "with mode = \"acme\" it must list at least one name"))
        }
        TlsMode::Acme if !tls.contact.contains('@') => {
            Err(refused("server.tls.contact", &tls.contact, "with mode = \"acme\" it must be an e-mail address"))
        }
        TlsMode::Acme => Ok(()),
    }
}

fn check_storage(config: &Config) -> Result<(), ConfigError> {
    let nats = &config.storage.nats;
    if config.storage.engine != Engine::Nats {
        return Ok(());
    }
    if ![1, 3, 5].contains(&nats.replicas) {
        return Err(refused("storage.nats.replicas", nats.replicas, "it must be 1, 3 or 5"));
    }
    let is_nats = |u: url::Url| matches!(u.scheme(), "nats" | "tls") && u.host().is_some();
    if !nats.url.split(',').all(|address| url::Url::parse(address.trim()).is_ok_and(is_nats)) {
        return Err(refused(
            "storage.nats.url",
            &nats.url,
            "it must be nats:// or tls:// and host:port, several separated by commas",
        ));
    }
    Ok(())
}

fn check_numbers(config: &Config) -> Result<(), ConfigError> {
    let (quota, limits, http) = (&config.quota, &config.limits, &config.http);
    let counts = [
        ("quota.device_envelopes_per_second", quota.device_envelopes_per_second),
        ("quota.device_envelopes_burst", quota.device_envelopes_burst),
        ("limits.connections", limits.connections),
        ("limits.connections_per_device", limits.connections_per_device),
        ("limits.half_open", limits.half_open),
        ("limits.log_branches", limits.log_branches),
        ("quota.list_statements", quota.list_statements),
        ("http.connections", http.connections),
    ];
    if let Some((key, count)) = counts.iter().find(|(_, count)| *count == 0) {
        return Err(refused(key, count, "it must be at least 1"));
    }
    let spans = [
        ("http.head", http.head),
        ("http.request", http.request),
        ("http.ready", http.ready),
        ("http.census", http.census),
    ];
    if let Some((key, span)) = spans.iter().find(|(_, span)| span.0.is_zero()) {
        return Err(refused(key, span, "it must be longer than 0 ms"));
    }
    let rates = [
        ("limits.relay_bytes_per_second", limits.relay_bytes_per_second),
        ("limits.relay_bytes_burst", limits.relay_bytes_burst),
    ];
    if let Some((key, rate)) = rates.iter().find(|(_, rate)| rate.0 == 0 || u32::try_from(rate.0).is_err()) {
        return Err(refused(key, rate, "it must be from 1 B to 4095 MiB"));
    }
    if limits.queue_bytes < Size::mib(1) {
        return Err(refused("limits.queue_bytes", limits.queue_bytes, "it must be at least 1 MiB"));
    }
    if limits.slow_reader < Span::seconds(1) {
        return Err(refused("limits.slow_reader", limits.slow_reader, "it must be at least 1 s"));
    }
    Ok(())
}

fn check_presign(config: &Config) -> Result<(), ConfigError> {
    let presign = &config.presign;
    if presign.valid.0.is_zero() || presign.valid.0 > MAX_PRESIGNED {
        return Err(refused("presign.valid", presign.valid, "it must be longer than 0 ms and at most 10 min"));
    }
    let mut projects = std::collections::BTreeSet::new();
    for (at, bucket) in presign.buckets.iter().enumerate() {
        let key = |name: &str| format!("presign.buckets[{at}].{name}");
        check_project(&key("project"), &bucket.project)?;
        if !projects.insert(bucket.project.to_ascii_lowercase()) {
            return Err(refused(&key("project"), &bucket.project, "a project can have one bucket here"));
        }
        let is_bucket =
            |u: url::Url| matches!(u.scheme(), "s3" | "az" | "gs") && u.host().is_some() && u.query().is_none();
        if !url::Url::parse(&bucket.url).is_ok_and(is_bucket) {
            return Err(refused(&key("url"), &bucket.url, "it must be s3://, az:// or gs:// and the bucket's name"));
        }
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if bucket.variables.is_empty() || !bucket.variables.chars().all(is_name) {
            return Err(refused(
                &key("variables"),
                &bucket.variables,
                "it must be the beginning of its variables' names: capital letters, digits and _",
            ));
        }
    }
    Ok(())
}
