//! Looking over the shoulder of the storage library's HTTP client, for the two things it does not pass on: the status of a
//! failed request, which decides what the failure means, and whether an S3 provider computed the right SHA-256 of what it stored.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// Where S3 is told the SHA-256 of an object, and says which it computed itself.
const SHA256_HEADER: &str = "x-amz-checksum-sha256";

tokio::task_local! {
    static LAST_STATUS: Arc<AtomicU16>;
}

/// In the extensions of a put's result: the provider computed the same SHA-256 of what it stored as was computed of what was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SameSha256;

/// Runs `work`; gives its answer and the status of the last HTTP response during it.
pub(crate) async fn watched<T>(work: impl Future<Output = T>) -> (T, Option<u16>) {
    let last = Arc::new(AtomicU16::new(0));
    let answer = LAST_STATUS.scope(Arc::clone(&last), work).await;
    let status = last.load(Ordering::Relaxed);
    (answer, (status != 0).then_some(status))
}

/// Makes clients that are watched.
#[derive(Debug, Default)]
pub(crate) struct WatchingConnector;

impl HttpConnector for WatchingConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Watching(ReqwestConnector::default().connect(options)?)))
    }
}

#[derive(Debug)]
struct Watching(HttpClient);

impl HttpService for Watching {
    fn call<'life0, 'async_trait>(
        &'life0 self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let sent = request.headers().get(SHA256_HEADER).cloned();
            let mut response = self.0.execute(request).await?;
            let _ = LAST_STATUS.try_with(|last| last.store(response.status().as_u16(), Ordering::Relaxed));
            if sent.is_some() && response.headers().get(SHA256_HEADER) == sent.as_ref() {
                response.extensions_mut().insert(SameSha256);
            }
            Ok(response)
        })
    }
}
