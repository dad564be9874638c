//! Servers on loopback that tests talk to.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]
#![allow(clippy::unwrap_used, reason = "what fails here is the test")]

use std::time::Duration;

use enginus_vault::{BucketOptions, Limits, Variables};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Patience for tests: short where a test waits for it to end, generous where it should not.
pub fn limits(answer: Duration) -> Limits {
    let pause = Duration::from_millis(1);
    Limits { answer, retries: 2, first_pause: pause, longest_pause: pause, ..Limits::default() }
}

/// How to reach an S3 server on loopback.
pub fn s3_options(port: u16, answer: Duration) -> BucketOptions {
    let endpoint = format!("http://127.0.0.1:{port}");
    let variables = Variables::from_pairs([
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "test-id"),
        ("AWS_SECRET_ACCESS_KEY", "test-secret"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ALLOW_HTTP", "true"),
    ]);
    BucketOptions { variables, limits: limits(answer) }
}

/// A real S3 server whose one bucket, `plans`, is a folder in `root`. It serves until the test's runtime ends.
pub async fn serve_s3(root: &std::path::Path) -> u16 {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    std::fs::create_dir_all(root.join("plans")).unwrap();
    let service = {
        let mut builder = s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).unwrap());
        builder.set_auth(s3s::auth::SimpleAuth::from_single("test-id", "test-secret"));
        builder.build()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let connection = server.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
            tokio::spawn(async move {
                let _ = connection.await;
            });
        }
    });
    port
}

/// What a faulty server does with every request.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Answers with this status and S3 error code.
    Status(u16, &'static str),
    /// Takes the request and never answers.
    Stall,
    /// Begins an answer and never ends it.
    StallInTheMiddle,
    /// Closes the connection without an answer.
    Close,
    /// Closes the connection in the middle of an answer.
    CloseInTheMiddle,
    /// Has this marker, takes everything else with thanks, and gives junk back.
    Lie(&'static str),
}

/// A server that has this fault. Gives its port.
pub async fn serve_fault(fault: Fault) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            tokio::spawn(misbehave(socket, fault));
        }
    });
    port
}

const HEADERS: &str =
    "ETag: \"1\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/xml\r\n";

async fn misbehave(mut socket: TcpStream, fault: Fault) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|w| w == b"\r\n\r\n") {
        match socket.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => request.extend_from_slice(&buffer[..n]),
        }
    }
    match fault {
        Fault::Status(status, code) => {
            let body = format!("<Error><Code>{code}</Code></Error>");
            let head =
                format!("HTTP/1.1 {status} x\r\n{HEADERS}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = socket.write_all((head + &body).as_bytes()).await;
        }
        Fault::Lie(marker) => {
            let line = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
            let (status, body) = match line {
                line if line.contains("/project ") => (200, marker),
                line if line.starts_with("PUT") => (200, ""),
                line if line.starts_with("HEAD") => (404, ""),
                _ => (200, "junk"),
            };
            let head =
                format!("HTTP/1.1 {status} x\r\n{HEADERS}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            let _ = socket.write_all((head + body).as_bytes()).await;
        }
        Fault::Stall => std::future::pending().await,
        Fault::StallInTheMiddle | Fault::CloseInTheMiddle => {
            let head = format!("HTTP/1.1 200 OK\r\n{HEADERS}Content-Length: 100\r\n\r\nhalf");
            let _ = socket.write_all(head.as_bytes()).await;
            if matches!(fault, Fault::StallInTheMiddle) {
                std::future::pending().await
            }
        }
        Fault::Close => {}
    }
}
