use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use enginus_envelope::Keypair;
use enginus_model::{DeviceId, Hash, ProjectId};
use futures::future::{BoxFuture, FutureExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::presign::{Minter, Presigned, Rights, TokenPresigner};
use super::token::{Method, Scope, Token};
use super::{Listening, ServeLimits, listen, operator, presign, public};
use crate::census::Census;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::storage::{Record, Storage, StorageError};
use crate::storage_in_memory::InMemory;

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
const RELAY: [u8; 32] = [9; 32];
const PROJECT: ProjectId = ProjectId([1; 32]);

async fn serve(router: Router, stopping: CancellationToken) -> Listening {
    let limits = ServeLimits { connections: 8, head: Duration::from_secs(5) };
    listen("http.bind", LOCAL, router, None, limits, stopping).await.unwrap()
}

/// Sends one request as bytes and gives back everything that was answered until the connection ends.
async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn get(address: SocketAddr, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await
}

struct Side {
    storage: Arc<InMemory>,
    draining: CancellationToken,
    listening: Listening,
    census: watch::Sender<Census>,
}

async fn operator_side() -> Side {
    let storage = Arc::new(InMemory::default());
    let (census, counted) = watch::channel(Census::default());
    let draining = CancellationToken::new();
    let operator = operator::Operator {
        storage: Arc::clone(&storage) as _,
        metrics: Arc::new(Metrics::new()),
        census: counted,
        draining: draining.clone(),
        ready: Duration::from_secs(2),
    };
    let router = operator::router(operator, &Config::dev(Path::new("/nowhere")));
    let listening = serve(router, CancellationToken::new()).await;
    Side { storage, draining, listening, census }
}

#[tokio::test]
async fn health_metrics_and_readiness_are_told() {
    let side = operator_side().await;
    let at = side.listening.address();
    assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
    assert!(get(at, "/readyz").await.starts_with("HTTP/1.1 200"));
    let metrics = get(at, "/metrics").await;
    assert!(metrics.contains("application/openmetrics-text"));
    assert!(metrics.contains("enginus_relay_http_requests_total{side=\"operator\",outcome=\"done\"} 2"), "{metrics}");
    assert!(get(at, "/elsewhere").await.starts_with("HTTP/1.1 404"));

    *side.storage.unready.lock().unwrap() = Some(StorageError::Unreachable("no route to a secret host".into()));
    let unready = get(at, "/readyz").await;
    assert!(unready.starts_with("HTTP/1.1 503") && !unready.contains("secret host"), "{unready}");
    *side.storage.unready.lock().unwrap() = None;
    assert!(get(at, "/readyz").await.starts_with("HTTP/1.1 200"));
    side.draining.cancel();
    let draining = get(at, "/readyz").await;
    assert!(draining.starts_with("HTTP/1.1 503") && draining.ends_with("draining\n"), "{draining}");
    assert!(get(at, "/healthz").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_status_page_shows_counts_and_short_hashes_and_loads_nothing() {
    let side = operator_side().await;
    let opened = Record::Opened { genesis: b"genesis".to_vec(), at: crate::clock::now() };
    side.storage.append(PROJECT, vec![opened]).await.unwrap();
    side.storage.put_object(PROJECT, Hash::of(b"x"), b"x".to_vec()).await.unwrap();
    assert!(get(side.listening.address(), "/").await.contains("Not counted yet"));
    side.census.send_replace(Census::take(&*side.storage, crate::clock::now()).await.unwrap());
    let page = get(side.listening.address(), "/").await;
    assert!(page.contains(&crate::admission::short_hash(&PROJECT)), "{page}");
    assert!(!page.contains(&PROJECT.to_string()) && !page.contains(&PROJECT.short()));
    assert!(page.contains("content-security-policy: default-src 'none'"));
    assert!(page.contains("prefers-color-scheme:dark"));
    for loading in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[tokio::test]
async fn a_decent_request_id_is_honoured_and_any_other_replaced() {
    let side = operator_side().await;
    let with = async |id: &str| {
        let request = format!("GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: {id}\r\n\r\n");
        ask(side.listening.address(), &request).await
    };
    assert!(with("abc-1.2_3").await.contains("x-request-id: abc-1.2_3\r\n"));
    for bad in ["a b", "<script>", &"a".repeat(65)] {
        let answer = with(bad).await;
        assert!(answer.contains("x-request-id: ") && !answer.contains(bad), "{answer}");
    }
}

#[tokio::test]
async fn a_head_that_never_ends_and_one_too_large_are_cut_off() {
    let stopping = CancellationToken::new();
    let limits = ServeLimits { connections: 1, head: Duration::from_millis(50) };
    let router = Router::new();
    let listening = listen("http.bind", LOCAL, router, None, limits, stopping.clone()).await.unwrap();
    // Ends because the head does not; the one place is free again for the next.
    let slow = ask(listening.address(), "GET / HTTP/1.1\r\nhost: a\r\n").await;
    assert!(!slow.starts_with("HTTP/1.1 200"), "{slow}");
    let mut stream = TcpStream::connect(listening.address()).await.unwrap();
    let large = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "a".repeat(64 << 10));
    let _ = stream.write_all(large.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP/1.1 2"));
    stopping.cancel();
    listening.ended().await;
}

#[tokio::test]
async fn an_address_in_use_is_said_with_its_key() {
    let taken = std::net::TcpListener::bind(LOCAL).unwrap();
    let limits = ServeLimits { connections: 1, head: Duration::from_secs(1) };
    let address = taken.local_addr().unwrap();
    let error = listen("http.bind", address, Router::new(), None, limits, CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("`http.bind`") && error.to_string().contains(&address.to_string()), "{error}");
}

struct Members(DeviceId);

impl Rights for Members {
    fn may<'a>(&'a self, project: &'a ProjectId, device: &'a DeviceId, method: Method) -> BoxFuture<'a, bool> {
        std::future::ready(*project == PROJECT && *device == self.0 && method == Method::Get).boxed()
    }
}

struct Echo;

impl Minter for Echo {
    fn mint<'a>(&'a self, scope: &'a Scope, valid: Duration) -> BoxFuture<'a, Result<Presigned, presign::MintError>> {
        let url = format!("https://bucket.example/{}", scope.object);
        std::future::ready(Ok(Presigned { url, headers: vec![], valid_s: valid.as_secs() })).boxed()
    }
}

async fn public_side(device: &Keypair) -> (Listening, Arc<Metrics>) {
    let rights = Arc::new(Members(device.device_id()));
    let presigner = TokenPresigner::new(RELAY, rights, Arc::new(Echo), Duration::from_secs(3600));
    let metrics = Arc::new(Metrics::new());
    let router = public::router(Arc::new(presigner), metrics.clone(), &Config::dev(Path::new("/nowhere")));
    (serve(router, CancellationToken::new()).await, metrics)
}

async fn presigned(at: SocketAddr, token: Option<&str>, body: &str) -> String {
    let token = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    let length = body.len();
    ask(
        at,
        &format!(
            "POST /v1/presign HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n{token}\
             content-length: {length}\r\n\r\n{body}"
        ),
    )
    .await
}

/// With another digit within its signature.
fn altered(token: &str) -> String {
    let at = token.len() - 60;
    let other = if token.as_bytes()[at] == b'0' { "1" } else { "0" };
    format!("{}{other}{}", &token[..at], &token[at + 1..])
}

#[tokio::test]
async fn a_member_gets_an_address_for_its_object_as_often_as_it_asks_and_nobody_gets_another() {
    let device = Keypair::from_seed(&[3; 32]);
    let (side, metrics) = public_side(&device).await;
    let at = side.address();
    let scope = Scope { project: PROJECT, object: Hash([2; 32]), method: Method::Get };
    let expires = crate::clock::now().plus_seconds(60);
    let token = Token::sign(&device, RELAY, scope, expires).to_string();
    let body = |scope: Scope| serde_json::to_string(&scope).unwrap();

    // Twice: asking again leads to the same object by the same method.
    for _ in 0..2 {
        let answer = presigned(at, Some(&token), &body(scope)).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains(&format!("https://bucket.example/{}", scope.object)));
        assert!(answer.contains("\"valid_s\":600"), "at most ten minutes: {answer}");
    }
    let put = Scope { method: Method::Put, ..scope };
    let stranger = Keypair::from_seed(&[4; 32]);
    let sign = |device: &Keypair, scope, expires| Token::sign(device, RELAY, scope, expires).to_string();
    let past = crate::clock::now().plus_seconds(-1);
    for (token, asked, status, reason) in [
        (token.clone(), Scope { object: Hash([5; 32]), ..scope }, 403, "other_scope"),
        (token.clone(), put, 403, "other_scope"),
        (sign(&device, scope, past), scope, 401, "expired"),
        (sign(&device, scope, expires.plus_seconds(3600)), scope, 401, "too_long"),
        (sign(&stranger, scope, expires), scope, 403, "not_allowed"),
        (sign(&device, put, expires), put, 403, "not_allowed"),
        (Token::sign(&device, [8; 32], scope, expires).to_string(), scope, 403, "other_relay"),
        (altered(&token), scope, 401, "bad_signature"),
        ("rubbish".into(), scope, 401, "malformed"),
    ] {
        let answer = presigned(at, Some(&token), &body(asked)).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{reason}: {answer}");
        assert!(answer.contains(&format!("\"reason\":\"{reason}\"")), "{reason}: {answer}");
    }
    let counted = metrics.text().unwrap();
    assert!(counted.contains("presigned_total{outcome=\"refused\"} 9"), "each is counted: {counted}");
    assert!(presigned(at, None, &body(scope)).await.contains("no_token"));
    assert!(presigned(at, Some(&token), "{}").await.starts_with("HTTP/1.1 4"));
    let large = format!("\"{}\"", "a".repeat(32 << 10));
    assert!(presigned(at, Some(&token), &large).await.starts_with("HTTP/1.1 413"));
}
