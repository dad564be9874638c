//! Buckets that refuse, fail or stay silent: a clear end, and a project is not created by halves.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::stand::{Said, Stand, said, text};

/// A server on loopback that answers every request with this status and S3 error code, or never.
fn server(answer: Option<(u16, &'static str)>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for socket in listener.incoming() {
            let mut socket = socket.unwrap();
            match answer {
                Some((status, code)) => drop(std::thread::spawn(move || refuse(&mut socket, status, code))),
                None => silent.push(socket),
            }
        }
    });
    port
}

fn refuse(socket: &mut TcpStream, status: u16, code: &str) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match socket.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    let body = format!("<Error><Code>{code}</Code></Error>");
    let head = format!("HTTP/1.1 {status} x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = socket.write_all((head + &body).as_bytes());
}

fn create(answer: Option<(u16, &'static str)>) -> Said {
    let stand = Stand::new();
    stand.ok("owner", &["init", "--name", "Owner"]);
    let mut command = stand.command("owner", &["project", "create", "Sample Plant", "--bucket", "s3://plans/site"]);
    command.env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", server(answer))).env("AWS_ALLOW_HTTP", "true");
    command
        .env("AWS_ACCESS_KEY_ID", "test-id")
        .env("AWS_SECRET_ACCESS_KEY", "test-secret")
        .env("AWS_REGION", "eu-west-1");
    let ended = said(command.output().unwrap());
    assert_eq!(stand.json("owner", &["project", "list"]), serde_json::json!([]), "{answer:?}");
    assert!(!ended.err.contains("test-secret") && !ended.out.contains("test-secret"), "{ended:?}");
    ended
}

#[test]
fn a_bucket_that_cannot_be_used_is_told_and_no_project_is_left() {
    let cases = [Some((403, "AccessDenied")), Some((404, "NoSuchBucket")), Some((500, "InternalError")), None];
    let running: Vec<_> = cases.map(|case| (case, std::thread::spawn(move || create(case)))).into_iter().collect();
    for (case, thread) in running {
        let ended = thread.join().unwrap();
        assert_eq!(ended.code, Some(1), "{case:?}: {ended:?}");
        assert!(ended.err.contains("s3://plans/site") && ended.err.contains("hint"), "{case:?}: {ended:?}");
    }
}

#[test]
fn a_bucket_that_gives_a_used_ticket_nothing_is_not_called_equal() {
    let stand = Stand::new();
    let bucket = stand.path("bucket");
    std::fs::create_dir(&bucket).unwrap();
    let url = format!("file://{}", text(&bucket));
    stand.ok("owner", &["init", "--name", "Owner"]);
    stand.ok("owner", &["project", "create", "Sample Plant", "--bucket", &url]);
    let ticket = stand.ok("owner", &["invite", "--role", "contractor"]).lines().last().unwrap().to_owned();
    for name in ["first", "second"] {
        stand.ok(name, &["init", "--name", name]);
    }
    assert!(stand.ok("first", &["join", &ticket, "--wait", "5"]).contains("joined"));
    stand.ok("first", &["sync", "--once", "--wait", "1"]);
    let second = stand.run("second", &["join", &ticket, "--wait", "1"]);
    assert!(second.err.contains("a member or bucket was reached and gave nothing"), "{second:?}");
    let said = stand.run("second", &["sync", "--once", "--wait", "1"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(!said.out.contains("equal with"), "{said:?}");
}
