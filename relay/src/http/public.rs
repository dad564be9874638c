//! `POST /v1/presign`: a device's token in, the address of one object out.
//!
//! The request carries `Authorization: Bearer TOKEN` and the scope once more as JSON,
//! `{"project":"…","object":"…","method":"GET"}`; both must agree. The answer is `{"url":…,"headers":[…],"valid_s":…}` or
//! `{"error":…,"reason":…}`.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;

use super::guard::{Guard, guarded};
use super::presign::{MintError, PresignError, Presigner};
use super::token::{BadToken, Scope};
use crate::config::Config;
use crate::metrics::{Metrics, Outcome, Traffic};

#[derive(Clone)]
struct Public {
    presigner: Arc<dyn Presigner>,
    metrics: Arc<Metrics>,
}

#[derive(Serialize)]
struct Refusal {
    error: String,
    reason: &'static str,
}

/// The router of `/v1/presign`.
pub fn router(presigner: Arc<dyn Presigner>, metrics: Arc<Metrics>, config: &Config) -> Router {
    let guard = Guard { metrics: Arc::clone(&metrics), side: Traffic::Public, request: config.http.request.0 };
    Router::new()
        .route("/v1/presign", post(presign))
        .with_state(Public { presigner, metrics })
        .layer(DefaultBodyLimit::max(config.http.request_bytes.as_usize()))
        .layer(from_fn_with_state(guard, guarded))
}

async fn presign(
    State(public): State<Public>,
    headers: HeaderMap,
    body: Result<Json<Scope>, JsonRejection>,
) -> Response {
    let Some(token) = bearer(&headers) else {
        return public.refuse(StatusCode::UNAUTHORIZED, "no token: send it as Authorization: Bearer TOKEN", "no_token");
    };
    let scope = match body {
        Ok(Json(scope)) => scope,
        Err(rejection) => return public.refuse(rejection.status(), &rejection.body_text(), "bad_request"),
    };
    match public.presigner.presign(token, &scope).await {
        Ok(presigned) => {
            public.metrics.presign(Outcome::Done);
            Json(presigned).into_response()
        }
        Err(PresignError::Mint(MintError::Failed(error))) => {
            // What the provider's library says may name the bucket: that is for the operator's log.
            tracing::error!(%error, "an address could not be signed");
            public.metrics.presign(Outcome::Failed);
            let refusal =
                Refusal { error: "the address could not be signed; try again later".into(), reason: "failed" };
            (StatusCode::BAD_GATEWAY, Json(refusal)).into_response()
        }
        Err(error) => {
            let (status, reason) = meaning(&error);
            public.refuse(status, &error.to_string(), reason)
        }
    }
}

impl Public {
    fn refuse(&self, status: StatusCode, error: &str, reason: &'static str) -> Response {
        tracing::debug!(reason, "no address is given");
        self.metrics.presign(Outcome::Refused);
        (status, Json(Refusal { error: error.to_owned(), reason })).into_response()
    }
}

fn meaning(error: &PresignError) -> (StatusCode, &'static str) {
    match error {
        PresignError::Token(bad @ (BadToken::OtherScope | BadToken::OtherRelay)) => (StatusCode::FORBIDDEN, bad.word()),
        PresignError::Token(bad) => (StatusCode::UNAUTHORIZED, bad.word()),
        PresignError::NotAllowed => (StatusCode::FORBIDDEN, "not_allowed"),
        PresignError::Mint(MintError::NoBucket) => (StatusCode::NOT_FOUND, "no_bucket"),
        PresignError::Mint(MintError::Failed(_)) => (StatusCode::BAD_GATEWAY, "failed"),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
