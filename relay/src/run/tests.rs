use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::*;
use crate::storage_in_memory::InMemory;

/// A service that ends when it is let.
struct Held {
    may_end: Option<oneshot::Receiver<()>>,
    draining: Option<oneshot::Sender<()>>,
}

impl Service for Held {
    fn start(&mut self, context: Context) -> BoxFuture<'_, Result<SocketAddr, ServiceError>> {
        let address = context.config.server.mailbox;
        Box::pin(std::future::ready(Ok(address)))
    }
    fn drain(&mut self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if let Some(draining) = self.draining.take() {
                let _ = draining.send(());
            }
            if let Some(may_end) = self.may_end.take() {
                let _ = may_end.await;
            }
        })
    }
}

fn config(dir: &Path) -> Config {
    let mut config = Config::dev(&dir.join("data"));
    for bind in [&mut config.server.mailbox, &mut config.server.relay, &mut config.http.bind, &mut config.presign.bind]
    {
        bind.set_port(0);
    }
    config
}

fn parts(config: Config, service: Box<dyn Service>) -> Parts {
    let storage = Arc::new(InMemory::default());
    Parts { config, secrets: Secrets::default(), environment: Environment::default(), storage, service }
}

async fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn while_it_drains_it_is_alive_but_not_ready_and_then_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (let_end, may_end) = oneshot::channel();
    let (draining, drains) = oneshot::channel();
    let held = Held { may_end: Some(may_end), draining: Some(draining) };
    let running = start(parts(config(dir.path()), Box::new(held))).await.unwrap();
    let at = running.addresses().operator;
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(running.until(async {
        let _ = stopped.await;
    }));
    assert!(get(at, "/readyz").await.starts_with("HTTP/1.1 200"));
    stop.send(()).unwrap();
    drains.await.unwrap();
    assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(at, "/readyz").await.starts_with("HTTP/1.1 503"));
    assert!(get(at, "/metrics").await.contains("enginus_relay_draining 1"));
    let_end.send(()).unwrap();
    ended.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(at).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_does_not_end_is_not_waited_for_longer_than_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let (_never, may_end) = oneshot::channel();
    let held = Held { may_end: Some(may_end), draining: None };
    let running = start(parts(config(dir.path()), Box::new(held))).await.unwrap();
    assert!(matches!(running.until(std::future::ready(())).await, Err(RunError::SlowDrain)));
}

#[tokio::test]
async fn with_the_mailbox_inside_the_address_line_names_a_key_and_a_port() {
    let dir = tempfile::tempdir().unwrap();
    let running = start(parts(config(dir.path()), seams::service())).await.unwrap();
    let addresses = running.addresses().clone();
    assert_ne!(addresses.mailbox.port(), 0);
    assert!(addresses.mailbox.ip().is_loopback());
    assert_eq!(addresses.presign, None);
    let key = std::fs::read_to_string(dir.path().join("data/identity.key")).unwrap();
    assert!(!addresses.line.contains(key.trim()), "the line shows the public key only");
    let end = format!("@127.0.0.1:{}?web=http://127.0.0.1:{}", addresses.mailbox.port(), addresses.web.port());
    assert!(addresses.line.starts_with("relay://") && addresses.line.ends_with(&end), "{}", addresses.line);
    running.until(std::future::ready(())).await.unwrap();
}

#[tokio::test]
async fn a_part_that_cannot_start_is_said_and_the_others_end() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config(dir.path());
    config.http.bind = taken.local_addr().unwrap();
    let (draining, drains) = oneshot::channel();
    let held = Held { may_end: None, draining: Some(draining) };
    let Err(error) = start(parts(config, Box::new(held))).await else { panic!("the port is taken") };
    assert!(error.to_string().contains("`http.bind`"), "{error}");
    drains.await.unwrap();
}

#[tokio::test]
async fn the_embedded_engine_keeps_things_in_the_data_folder() {
    let dir = tempfile::tempdir().unwrap();
    let config = config(dir.path());
    let storage = seams::open_storage(&config, &Secrets::default()).await.unwrap();
    storage.ready().await.unwrap();
    assert!(config.store_path().starts_with(dir.path()) && config.store_path().exists());
}

#[tokio::test]
async fn a_relay_in_front_of_nats_starts_before_nats_does_and_says_that_it_is_not_ready() {
    let dir = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = config(dir.path());
    config.storage.engine = crate::config::Engine::Nats;
    config.storage.nats.url = format!("nats://{free}");
    let storage = seams::open_storage(&config, &Secrets::default()).await.unwrap();
    assert!(matches!(storage.ready().await, Err(StorageError::Unreachable(_))));
}
