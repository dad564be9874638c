//! The operator's side: `/healthz`, `/readyz`, `/metrics` and the status page.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::guard::{Guard, guarded};
use super::status;
use crate::census::Census;
use crate::config::Config;
use crate::metrics::{Metrics, Traffic};
use crate::storage::Storage;

/// What the operator's side shows.
#[derive(Clone)]
pub struct Operator {
    /// Asked whether it is ready.
    pub storage: Arc<dyn Storage>,
    /// Shown.
    pub metrics: Arc<Metrics>,
    /// The last count of what is kept.
    pub census: watch::Receiver<Census>,
    /// Cancelled when the relay begins to shut down.
    pub draining: CancellationToken,
    /// How long storage may take to say that it is ready.
    pub ready: Duration,
}

/// The router of the operator's side.
pub fn router(operator: Operator, config: &Config) -> Router {
    let guard =
        Guard { metrics: Arc::clone(&operator.metrics), side: Traffic::Operator, request: config.http.request.0 };
    Router::new()
        .route("/", get(page))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(operator)
        .layer(DefaultBodyLimit::max(config.http.request_bytes.as_usize()))
        .layer(from_fn_with_state(guard, guarded))
}

/// Ready is: not shutting down, and storage can be written to. The reason goes to the log; who asks learns yes or no.
async fn ready(State(operator): State<Operator>) -> Response {
    if operator.draining.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n").into_response();
    }
    let asked = tokio::time::timeout(operator.ready, operator.storage.ready()).await;
    operator.metrics.storage_ready.set(i64::from(matches!(asked, Ok(Ok(())))));
    match asked {
        Ok(Ok(())) => "ready\n".into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "storage\n").into_response()
        }
        Err(_) => {
            tracing::warn!("not ready: storage did not answer in time");
            (StatusCode::SERVICE_UNAVAILABLE, "storage\n").into_response()
        }
    }
}

async fn metrics(State(operator): State<Operator>) -> Response {
    match operator.metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn page(State(operator): State<Operator>) -> Response {
    let census = operator.census.borrow().clone();
    let page = status::page(&operator.metrics, &census, operator.draining.is_cancelled());
    // The page loads nothing and runs nothing; its style is its own.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    ([(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
