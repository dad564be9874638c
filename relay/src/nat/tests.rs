use std::path::Path;

use futures::future::FutureExt;
use iroh::{RelayUrl, SecretKey};
use iroh_relay::client::{Client, ClientBuilder, ConnectError};

use super::*;

struct Only(DeviceId);

impl Admits for Only {
    fn admits<'a>(&'a self, device: &'a DeviceId) -> BoxFuture<'a, bool> {
        std::future::ready(*device == self.0).boxed()
    }
}

fn local() -> Config {
    let mut config = Config::dev(Path::new("/nowhere"));
    for bind in [&mut config.server.relay, &mut config.server.tls.bind, &mut config.server.tls.discovery_bind] {
        bind.set_port(0);
    }
    config
}

async fn connect(nat: &Nat, key: &SecretKey) -> Result<Client, ConnectError> {
    let url: RelayUrl = format!("http://{}", nat.address().unwrap()).parse().unwrap();
    let tls = iroh_relay::tls::CaTlsConfig::default().client_config(iroh_relay::tls::default_provider()).unwrap();
    ClientBuilder::new(url, key.clone(), iroh::dns::DnsResolver::new()).tls_client_config(tls).connect().await
}

#[tokio::test]
async fn who_is_admitted_may_connect_and_others_are_refused_and_both_are_counted() {
    let (member, stranger) = (SecretKey::from_bytes(&[1; 32]), SecretKey::from_bytes(&[2; 32]));
    let metrics = Arc::new(Metrics::new());
    let admits = Arc::new(Only(DeviceId(*member.public().as_bytes())));
    let nat = Nat::start(&local(), None, admits, Arc::clone(&metrics)).await.unwrap();
    assert_eq!(nat.discovery_address(), None, "only where there are certificates");

    let client = connect(&nat, &member).await.unwrap();
    assert_eq!(metrics.nat_clients.get(), 1);
    assert!(connect(&nat, &stranger).await.is_err());
    let text = metrics.text().unwrap();
    assert!(text.contains("nat_connections_total{outcome=\"done\"} 1"), "{text}");
    assert!(text.contains("nat_connections_total{outcome=\"refused\"} 1"), "{text}");
    drop(client);
    nat.stop().await;
    assert_eq!(metrics.nat_clients.get(), 0);
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_said_so() {
    let mut config = local();
    config.server.tls.mode = TlsMode::Files;
    config.server.tls.cert = "/nowhere/cert.pem".into();
    config.server.tls.key = "/nowhere/key.pem".into();
    let Err(error) = certificates(&config.server.tls).await else { panic!("there is no such file") };
    assert!(error.to_string().contains("`server.tls.cert`"), "{error}");
}

#[tokio::test]
async fn an_address_in_use_is_said_with_the_keys_to_check() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = local();
    config.server.relay = taken.local_addr().unwrap();
    let error = Nat::start(&config, None, Arc::new(AdmitsAll), Arc::default()).await.unwrap_err().to_string();
    assert!(error.contains("`server.relay`") && error.contains(&config.server.relay.to_string()), "{error}");
}
