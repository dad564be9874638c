//! What holds for every request, whichever side it comes from: an id, a time limit, a count.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rand_core::{Rng, UnwrapErr};
use tracing::Instrument;

use crate::metrics::{Metrics, Traffic};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const MAX_REQUEST_ID: usize = 64;

/// What a router's requests are held to.
#[derive(Debug, Clone)]
pub struct Guard {
    /// Where they are counted.
    pub metrics: Arc<Metrics>,
    /// Under which side.
    pub side: Traffic,
    /// How long one may take, its body included.
    pub request: Duration,
}

/// Gives the request an id (its own where that is decent), runs it under the time limit, counts it, and says the id in the answer.
pub(super) async fn guarded(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let id = request_id(&request);
    let shown = String::from_utf8_lossy(id.as_bytes()).into_owned();
    let span = tracing::info_span!("request", id = %shown, method = %request.method(), path = %request.uri().path());
    let answer = async {
        let answer = tokio::time::timeout(guard.request, next.run(request)).await;
        let answer = answer.unwrap_or_else(|_| StatusCode::REQUEST_TIMEOUT.into_response());
        tracing::debug!(status = answer.status().as_u16(), "answered");
        answer
    };
    let mut answer = answer.instrument(span).await;
    guard.metrics.http(guard.side, answer.status().as_u16());
    let headers = answer.headers_mut();
    headers.insert(REQUEST_ID, id);
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    answer
}

fn request_id(request: &Request) -> HeaderValue {
    let decent = |value: &&HeaderValue| {
        let bytes = value.as_bytes();
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
        !bytes.is_empty() && bytes.len() <= MAX_REQUEST_ID && bytes.iter().all(plain)
    };
    request.headers().get(REQUEST_ID).filter(decent).cloned().unwrap_or_else(|| {
        let mut bytes = [0; 8];
        UnwrapErr(getrandom::SysRng).fill_bytes(&mut bytes);
        HeaderValue::from_str(&hex::encode(bytes)).unwrap_or(HeaderValue::from_static("none"))
    })
}
