//! What both sides of a session say first: which project it is about, and where they can be reached.

use std::time::Duration;

use enginus_model::ProjectId;
use enginus_net::FrameStream;
use serde::{Deserialize, Serialize};

/// First byte of a greeting's frame.
const GREETING: u8 = 0;
const GREETING_VERSION: u8 = 1;
const GREETING_PATIENCE: Duration = Duration::from_secs(10);

/// What both sides say first.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) project: ProjectId,
    pub(super) addresses: Vec<String>,
}

impl Greeting {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut frame = vec![GREETING, GREETING_VERSION];
        frame.extend(postcard::to_allocvec(self).unwrap_or_default());
        frame
    }

    fn decode(frame: &[u8]) -> Option<Self> {
        match frame {
            [GREETING, GREETING_VERSION, body @ ..] => postcard::from_bytes(body).ok(),
            _ => None,
        }
    }
}

/// Reads the greeting of a stream that the other side opened.
pub(super) async fn read_greeting(stream: &mut FrameStream) -> Option<Greeting> {
    let frame = tokio::time::timeout(GREETING_PATIENCE, stream.recv()).await.ok()?.ok()??;
    Greeting::decode(&frame)
}
