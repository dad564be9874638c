//! From a device's token to an address of one object: who may, and who mints.

use std::sync::Arc;
use std::time::Duration;

use enginus_model::{DeviceId, Instant, ProjectId};
use futures::future::BoxFuture;
use serde::Serialize;

use super::token::{BadToken, Method, Scope, Token};

/// What a project's access list says of a device. The mailbox knows the lists.
pub trait Rights: Send + Sync + 'static {
    /// Whether `device` may do this to objects of `project` now.
    fn may<'a>(&'a self, project: &'a ProjectId, device: &'a DeviceId, method: Method) -> BoxFuture<'a, bool>;
}

/// Mints addresses with an operator's credentials.
pub trait Minter: Send + Sync + 'static {
    /// An address for exactly this object and method, valid for `valid`.
    fn mint<'a>(&'a self, scope: &'a Scope, valid: Duration) -> BoxFuture<'a, Result<Presigned, MintError>>;
}

/// Why no address was minted.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// The project keeps its objects in no bucket that this relay has credentials for.
    #[error("this relay has no bucket for the project")]
    NoBucket,
    /// The provider's library refused.
    #[error("the bucket's address could not be signed: {0}")]
    Failed(#[from] object_store::Error),
}

/// An address of one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Presigned {
    /// Where to send the request.
    pub url: String,
    /// Header lines that the request must carry exactly so.
    pub headers: Vec<(String, String)>,
    /// For how many seconds it is valid.
    pub valid_s: u64,
}

/// Verifies a token and answers with an address for exactly what it is for.
pub trait Presigner: Send + Sync + 'static {
    /// An address for `scope`, on the strength of `token`.
    fn presign<'a>(&'a self, token: &'a str, scope: &'a Scope) -> BoxFuture<'a, Result<Presigned, PresignError>>;
}

/// Why a device gets no address.
#[derive(Debug, thiserror::Error)]
pub enum PresignError {
    /// Its token is not honoured.
    #[error(transparent)]
    Token(#[from] BadToken),
    /// The project's access list does not let it.
    #[error("the project's access list does not let this device do that")]
    NotAllowed,
    /// None could be minted.
    #[error(transparent)]
    Mint(#[from] MintError),
}

/// The relay's own presigner: a device's signature, the project's access list, the operator's bucket.
pub struct TokenPresigner {
    relay: [u8; 32],
    rights: Arc<dyn Rights>,
    minter: Arc<dyn Minter>,
    valid: Duration,
    clock: fn() -> Instant,
}

impl TokenPresigner {
    /// For the relay with this public key; addresses are valid for `valid`.
    pub fn new(relay: [u8; 32], rights: Arc<dyn Rights>, minter: Arc<dyn Minter>, valid: Duration) -> Self {
        Self { relay, rights, minter, valid: valid.min(crate::config::MAX_PRESIGNED), clock: crate::clock::now }
    }
}

impl Presigner for TokenPresigner {
    fn presign<'a>(&'a self, token: &'a str, scope: &'a Scope) -> BoxFuture<'a, Result<Presigned, PresignError>> {
        Box::pin(async move {
            let token: Token = token.parse()?;
            let device = token.check(&self.relay, scope, (self.clock)())?;
            if !self.rights.may(&scope.project, &device, scope.method).await {
                return Err(PresignError::NotAllowed);
            }
            Ok(self.minter.mint(scope, self.valid).await?)
        })
    }
}
