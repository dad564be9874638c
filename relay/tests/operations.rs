//! The files an operator starts from, read as their tools will read them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may fail loudly")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use enginus_relay::config::{Config, Warning};
use enginus_relay::metrics::Metrics;
use serde::Deserialize;
use serde_norway::Value;

fn ops(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("ops").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn yaml(name: &str) -> Vec<Value> {
    let text = ops(name);
    serde_norway::Deserializer::from_str(&text).map(|part| Value::deserialize(part).unwrap()).collect()
}

#[test]
fn the_example_says_every_default() {
    let loaded = Config::parse(&ops("relay.toml")).unwrap();
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.config, Config::default());
    let (mut said, mut known) = (BTreeSet::new(), BTreeSet::new());
    keys("", &ops("relay.toml").parse().unwrap(), &mut said);
    keys("", &Config::default().to_toml().unwrap().parse().unwrap(), &mut known);
    assert_eq!(said, known, "every key stands in ops/relay.toml");
}

fn keys(under: &str, table: &toml::Table, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => keys(&format!("{under}{key}."), inner, found),
            _ => drop(found.insert(format!("{under}{key}"))),
        }
    }
}

#[test]
fn the_configurations_of_a_fleet_and_of_kubernetes_are_read() {
    let fleet = Config::parse(&ops("relay.fleet.toml")).unwrap();
    assert_eq!(fleet.warnings, [Warning::OperatorSideExposed]);
    let parts = yaml("kubernetes/relay.yaml");
    let map = parts.iter().find(|part| part["kind"] == "ConfigMap").unwrap();
    let inside = Config::parse(map["data"]["relay.toml"].as_str().unwrap()).unwrap();
    assert_eq!(inside.warnings, [Warning::OperatorSideExposed]);
    let kinds: Vec<&str> = parts.iter().map(|part| part["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ConfigMap", "StatefulSet", "Service", "NetworkPolicy"]);
}

/// The names of our metrics that occur in a text.
fn named(text: &str) -> BTreeSet<String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !letters(c)).filter(|w| w.starts_with("enginus_relay_")).map(str::to_owned).collect()
}

#[test]
fn dashboard_and_alerts_name_only_series_that_exist() {
    let text = Metrics::new().text().unwrap();
    let series = named(&text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"));
    for file in ["grafana/relay.json", "prometheus/alerts.yaml"] {
        let used = named(&ops(file));
        assert!(used.len() > 5, "{file}");
        let missing: Vec<_> = used.difference(&series).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}");
    }
    let dashboard: serde_json::Value = serde_json::from_str(&ops("grafana/relay.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 5);
    let rules = &yaml("prometheus/alerts.yaml")[0]["groups"][0]["rules"];
    for rule in rules.as_sequence().unwrap() {
        for part in ["alert", "expr"] {
            assert!(rule[part].is_string(), "{rule:?}");
        }
        assert!(rule["annotations"]["description"].is_string(), "{rule:?}");
    }
}

#[test]
fn every_service_of_a_composition_can_be_started() {
    for (file, services) in [("compose.yaml", 1), ("compose.fleet.yaml", 6)] {
        let mut composition = yaml(file).remove(0);
        composition.apply_merge().unwrap();
        let found = composition["services"].as_mapping().unwrap();
        assert_eq!(found.len(), services, "{file}");
        for (name, service) in found {
            assert!(service.get("image").or(service.get("build")).is_some(), "{file}: {name:?}");
            let Some(build) = service.get("build") else { continue };
            assert_eq!(service["read_only"], true);
            assert_eq!(build["dockerfile"], "relay/ops/Dockerfile");
            assert!(service["environment"]["ENGINUS_RELAY_CONFIG"].is_string());
        }
    }
    let relays = ops("balancer.conf").matches("relay-1:4430").count();
    assert_eq!(relays, 1);
    let balancer = ops("balancer.conf");
    assert!(balancer.contains("listen 4430 udp") && balancer.contains("hash $remote_addr"));
    assert_eq!(balancer.matches('{').count(), balancer.matches('}').count());
}

#[test]
fn the_image_is_built_of_known_instructions_and_runs_as_nobody() {
    const KNOWN: [&str; 11] = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "ENV",
    ];
    let text = ops("Dockerfile").replace("\\\n", " ");
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    for line in &lines {
        let instruction = line.split_whitespace().next().unwrap();
        assert!(KNOWN.contains(&instruction), "{line}");
    }
    let last_stage = text.rsplit("FROM ").next().unwrap();
    for part in ["USER 65532", "HEALTHCHECK", "ENTRYPOINT [\"", "STOPSIGNAL SIGTERM", "4430/udp"] {
        assert!(last_stage.contains(part), "{part}");
    }
    assert!(!last_stage.contains("4434"), "the operator's side stays inside");
    assert!(!text.contains(":latest"));
}

#[test]
fn the_unit_is_hardened_and_does_not_try_again_what_cannot_work() {
    let unit = ops("systemd/enginus-relay.service");
    for line in [
        "[Unit]",
        "[Service]",
        "[Install]",
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "RestartPreventExitStatus=2",
        "KillSignal=SIGTERM",
    ] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
}
