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

#[tokio::test]
async fn with_certificates_it_speaks_tls_and_tells_devices_their_address() {
    let dir = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let mut config = local();
    config.server.tls.mode = TlsMode::Files;
    config.server.tls.cert = dir.path().join("cert.pem");
    config.server.tls.key = dir.path().join("key.pem");
    std::fs::write(&config.server.tls.cert, made.cert.pem()).unwrap();
    std::fs::write(&config.server.tls.key, made.signing_key.serialize_pem()).unwrap();
    let resolver = certificates(&config.server.tls).await.unwrap();
    let nat = Nat::start(&config, resolver.clone(), Arc::new(AdmitsAll), Arc::default()).await.unwrap();
    assert!(nat.discovery_address().is_some());

    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()));
    let client = client.with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client));
    // The same certificates serve the addresses of objects.
    let limits = crate::http::ServeLimits { connections: 2, head: std::time::Duration::from_secs(5) };
    let tls = Arc::new(tls_config(resolver.unwrap()).unwrap());
    let bind = "127.0.0.1:0".parse().unwrap();
    let router = axum::Router::new().route("/", axum::routing::get(async || "served"));
    let listening =
        crate::http::listen("presign.bind", bind, router, Some(tls), limits, Default::default()).await.unwrap();
    for address in [nat.address().unwrap(), listening.address()] {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    nat.stop().await;
}
